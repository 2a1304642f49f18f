#include "stack/tcp/recovery/loss_recovery.hpp"

#include <algorithm>

namespace handwave::tcp {

std::uint32_t LossRecovery::room(const Flight& flight, const CongestionControl& congestion) const {
  if (!by_sack_) return new_reno_.room(flight, congestion);
  if (sack_) return sack_->room(flight, congestion);
  return congestion.window() - std::min(congestion.window(), flight.size());
}

Reaction LossRecovery::acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion) {
  if (!by_sack_) return new_reno_.acknowledged(ack, flight, congestion);
  // With nothing outstanding there is little to learn: that something arrived twice.
  if (!sack_ && ack.blocks.empty() && !(ack.duplicate && memory_.probe.pending())) return {};
  const Reaction reaction = sack(flight).acknowledged(ack, flight, congestion);
  if (flight.size() == 0) {
    memory_ = sack_->memory();
    sack_.reset();
  }
  return reaction;
}

std::optional<Resend> LossRecovery::next(const Flight& flight) const {
  if (!by_sack_) return new_reno_.next(flight);
  return sack_ ? sack_->next() : std::nullopt;
}

}  // namespace handwave::tcp
