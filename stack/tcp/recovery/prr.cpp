#include "stack/tcp/recovery/prr.hpp"

#include <algorithm>

namespace handwave::tcp {

void ProportionalRateReduction::begin(std::uint32_t pipe, std::uint32_t unclaimed, std::uint32_t smss) {
  delivered_ = unclaimed;
  out_ = 0;
  recover_fs_ = std::max(pipe + unclaimed, smss);
  sndcnt_ = smss;  // the fast retransmit, whatever the first ACK delivers
}

void ProportionalRateReduction::acknowledged(std::uint32_t delivered, std::uint32_t pipe, std::uint32_t ssthresh,
                                             bool safe, std::uint32_t smss) {
  if (delivered == 0) return;
  delivered_ += delivered;
  std::uint64_t sndcnt = 0;
  if (pipe > ssthresh) {
    // Proportional: CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out
    const std::uint64_t allowed = (delivered_ * ssthresh + recover_fs_ - 1) / recover_fs_;
    sndcnt = allowed - std::min(allowed, out_);
  } else {
    // The reduction bound: as much as was delivered (conservative), and in slow start one segment more.
    sndcnt = std::max<std::uint64_t>(delivered_ - std::min(delivered_, out_), delivered);
    if (safe) sndcnt += smss;
    sndcnt = std::min<std::uint64_t>(sndcnt, ssthresh - pipe);
  }
  if (out_ == 0 && sndcnt < smss) sndcnt = smss;
  sndcnt_ = static_cast<std::uint32_t>(sndcnt);
}

void ProportionalRateReduction::found_lost(std::uint32_t octets, std::uint32_t pipe, std::uint32_t ssthresh) {
  const std::uint32_t limit = ssthresh - std::min(ssthresh, pipe);
  if (sndcnt_ < limit) sndcnt_ += std::min(octets, limit - sndcnt_);
}

void ProportionalRateReduction::sent(std::uint32_t octets) {
  out_ += octets;
  sndcnt_ -= std::min(sndcnt_, octets);
}

}  // namespace handwave::tcp
