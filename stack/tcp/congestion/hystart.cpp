#include "stack/tcp/congestion/hystart.hpp"

#include <algorithm>
#include <chrono>

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

/// RttThresh: MIN_RTT_THRESH, MIN_RTT_DIVISOR, MAX_RTT_THRESH.
Duration threshold(Duration last_min) { return std::clamp<Duration>(last_min / 8, 4ms, 16ms); }

}  // namespace

std::uint32_t HyStart::increase(const Progress& progress) {
  if (!window_end_) window_end_ = progress.nxt;
  if (progress.rtt) sample(*progress.rtt);
  const std::uint32_t growth = baseline_min_ ? progress.octets / growth_divisor : progress.octets;
  if (progress.una >= *window_end_) begin_round(progress.nxt);
  return growth;
}

void HyStart::begin_round(Seq nxt) {
  if (baseline_min_) ++conservative_rounds_;
  window_end_ = nxt;
  last_min_ = current_min_;
  current_min_.reset();
  samples_ = 0;
}

void HyStart::sample(Duration rtt) {
  current_min_ = std::min(current_min_.value_or(rtt), rtt);
  if (samples_ < samples_needed) ++samples_;
  if (samples_ < samples_needed) return;
  if (!baseline_min_) {
    if (last_min_ && *current_min_ >= *last_min_ + threshold(*last_min_)) baseline_min_ = current_min_;
  } else if (*current_min_ < *baseline_min_) {  // the round trip only seemed to grow: slow start goes on
    baseline_min_.reset();
    conservative_rounds_ = 0;
  }
}

}  // namespace handwave::tcp
