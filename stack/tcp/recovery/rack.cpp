#include "stack/tcp/recovery/rack.hpp"

#include <algorithm>

#include "stack/tcp/recovery/scoreboard.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {

void RecentMinimum::sample(Instant now, Duration value) {
  if (!current_ || now - began_ >= window) {
    before_ = current_;
    current_ = value;
    began_ = now;
  }
  current_ = std::min(*current_, value);
}

void Rack::delivered(Instant now, const Delivery& delivery, std::optional<std::uint32_t> echoed) {
  const Transmission& last = delivery.last;
  const Duration rtt = now - last.at;
  bool valid = true;
  if (delivery.retransmitted) {
    // Step 2: it may have been an earlier sending that arrived: if the ACK echoes one, or comes too soon.
    const bool of_earlier = echoed && static_cast<std::int32_t>(*echoed - TimestampClock::ticks(last.at)) < 0;
    valid = !of_earlier && minimum_rtt() && rtt >= *minimum_rtt();
  } else {
    minimum_rtt_.sample(now, rtt);  // step 1
  }
  if (valid && (!newest_ || last.sent_after(*newest_))) newest_ = last;
  // Step 3: what was sent once, and arrived after something that was sent later.
  if (!forward_ || last.end > *forward_)
    forward_ = last.end;
  else if (last.end < *forward_ && !delivery.retransmitted)
    reordering_seen_ = true;
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
  if (dsack_round_ && *dsack_round_ <= una) dsack_round_.reset();
  if (!dsack_round_ && duplicate_arrived) {
    dsack_round_ = nxt;
    ++window_multiple_;
    window_persists_ = persistence;
  } else if (left_recovery && window_persists_ > 0 && --window_persists_ == 0) {
    window_multiple_ = 1;
  }
}

Duration Rack::reordering_window(bool recovering, std::uint32_t segments_sacked, std::optional<Duration> srtt) const {
  if (!reordering_seen_ && (recovering || segments_sacked >= Scoreboard::duplicate_threshold)) return {};
  const Duration window = window_multiple_ * minimum_rtt().value_or(Duration{}) / 4;
  return srtt ? std::min(window, *srtt) : window;
}

}  // namespace handwave::tcp
