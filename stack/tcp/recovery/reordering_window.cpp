#include "stack/tcp/recovery/reordering_window.hpp"

#include <algorithm>

#include "stack/tcp/recovery/scoreboard.hpp"

namespace handwave::tcp {

void RecentMinimum::sample(Instant now, Duration value) {
  if (current_ == none || now - began_ >= window) {
    before_ = current_;
    current_ = value;
    began_ = now;
  }
  current_ = std::min(current_, value);
}

std::optional<Duration> RecentMinimum::value() const {
  return current_ == none ? std::nullopt : std::optional{std::min(before_, current_)};
}

void ReorderingWindow::acknowledged(Seq una, Seq nxt, bool duplicate_arrived, bool left_recovery) {
  if (duplicate_arrived) duplicate_reported_ = true;
  if (dsack_round_ && *dsack_round_ <= una) dsack_round_.reset();
  if (!dsack_round_ && duplicate_arrived) {
    dsack_round_ = nxt;
    if (multiple_ < UINT16_MAX) ++multiple_;
    persists_ = persistence;
  } else if (left_recovery && persists_ > 0) {
    --persists_;
    if (persists_ == 0) multiple_ = 1;
  }
}

Duration ReorderingWindow::value(bool recovering, std::uint32_t segments_sacked, std::optional<Duration> srtt) const {
  if (!reordering_seen_ && (recovering || segments_sacked >= Scoreboard::duplicate_threshold)) return {};
  const Duration window = multiple_ * minimum_rtt().value_or(Duration{}) / 4;
  return srtt ? std::min(window, *srtt) : window;
}

}  // namespace handwave::tcp
