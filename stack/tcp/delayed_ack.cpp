#include "stack/tcp/delayed_ack.hpp"

namespace handwave::tcp {

void DelayedAck::text_arrived(Instant now, std::uint32_t octets, std::uint32_t rmss) {
  unacknowledged_ += octets;
  // SHLD-19 (§3.8.6.3): an ACK for at least every second full-sized segment, or 2*RMSS octets. A super-segment gets one
  // for all of its segments, as the aggregation of MUST-58 (§3.10) would have it.
  if (unacknowledged_ >= std::uint64_t{2} * rmss) {
    acknowledge_progress();
  } else if (!deadline_) {
    // SHLD-18 (§3.8.6.3): the first text starts the wait; what follows does not prolong it.
    deadline_ = now + delay;
  }
}

void DelayedAck::acknowledge_progress() {
  progress_due_ = true;
  deadline_.reset();
}

void DelayedAck::handle_timeout(Instant now) {
  if (deadline_ && *deadline_ <= now) acknowledge_progress();
}

bool DelayedAck::due(Instant now) const { return owed() != 0 || (deadline_ && *deadline_ <= now); }

void DelayedAck::sent() {
  if (!progress_due_ && at_once_ != 0) --at_once_;
  piggybacked();
}

void DelayedAck::piggybacked() {
  progress_due_ = false;
  unacknowledged_ = 0;
  deadline_.reset();
}

}  // namespace handwave::tcp
