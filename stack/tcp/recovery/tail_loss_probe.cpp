#include "stack/tcp/recovery/tail_loss_probe.hpp"

#include <algorithm>

namespace handwave::tcp {

Duration TailLossProbe::interval(Duration srtt, bool one_segment) {
  return std::max(2 * srtt, least_interval) + (one_segment ? max_ack_delay : Duration{});
}

void TailLossProbe::sent(Seq nxt, bool retransmission) {
  end_ = nxt;
  retransmission_ = retransmission;
  measured_ = false;
}

bool TailLossProbe::acknowledged(Seq ack, std::optional<Seq> twice, bool plain_duplicate) {
  if (!end_ || ack < *end_) return false;
  const bool beyond = ack > *end_;
  const bool duplicate_arrived = twice && (*twice == *end_ || *twice + 1 == *end_);  // a peer may not count the FIN
  // A probe of new text has arrived; or both the segment and its copy have (cases 1 and 2), so nothing was lost.
  if (!retransmission_ || duplicate_arrived || (plain_duplicate && !beyond)) {
    end_.reset();
    return false;
  }
  if (beyond) end_.reset();
  return beyond;
}

}  // namespace handwave::tcp
