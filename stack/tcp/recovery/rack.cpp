#include "stack/tcp/recovery/rack.hpp"

#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {

void Rack::delivered(Instant now, const Delivery& delivery, std::optional<std::uint32_t> echoed) {
  const Transmission& last = delivery.last;
  const Duration rtt = now - last.at;
  bool valid = true;
  if (delivery.retransmitted) {
    // Step 2: it may have been an earlier sending that arrived: if the ACK echoes one, or comes too soon.
    const bool of_earlier =
        echoed ? static_cast<std::int32_t>(*echoed - TimestampClock::ticks(last.at)) < 0 : doubtful_;
    const auto minimum = window_.minimum_rtt();
    valid = !of_earlier && minimum && rtt >= *minimum;
  } else {
    window_.measured(now, rtt);  // step 1
  }
  if (valid && (!newest_ || last.sent_after(*newest_))) newest_ = last;
  // Step 3: what was sent once, and arrived after something that was sent later.
  if (!forward_ || last.end > *forward_)
    forward_ = last.end;
  else if (last.end < *forward_ && !delivery.retransmitted)
    window_.see_reordering();
}

void Rack::acknowledged(Instant now, Seq una, Seq nxt, bool duplicate_arrived, bool left_recovery) {
  took_sample_ = newest_.has_value();
  if (newest_) {
    rtt_ = now - newest_->at;
    if (!segment_ || newest_->sent_after(*segment_)) segment_ = newest_;
    newest_.reset();
  }
  // Places that SND.UNA has passed move along, or after half a turn of the circle they would lie ahead again.
  if (forward_ && *forward_ < una) forward_ = una;
  if (segment_ && segment_->end < una) segment_->end = una;
  window_.acknowledged(una, nxt, duplicate_arrived, left_recovery);
}

}  // namespace handwave::tcp
