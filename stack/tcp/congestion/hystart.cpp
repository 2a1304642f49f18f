#include "stack/tcp/congestion/hystart.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

/// A longer round trip is as good as no measurement.
constexpr Duration longest = 1h;

/// RttThresh: MIN_RTT_THRESH, MIN_RTT_DIVISOR, MAX_RTT_THRESH.
template <class RoundTrip>
RoundTrip threshold(RoundTrip last_min) {
  return std::clamp<RoundTrip>(last_min / 8, 4ms, 16ms);
}

}  // namespace

std::uint32_t HyStart::increase(const Progress& progress) {
  if (!window_end_) window_end_ = progress.nxt;
  if (progress.rtt) sample(*progress.rtt);
  const std::uint32_t growth = conservative() ? progress.octets / growth_divisor : progress.octets;
  if (progress.una >= *window_end_) begin_round(progress.nxt);
  return growth;
}

void HyStart::begin_round(Seq nxt) {
  if (conservative()) ++conservative_rounds_;
  window_end_ = nxt;
  last_min_ = std::exchange(current_min_, RoundTrip::max());
  samples_ = 0;
}

void HyStart::sample(Duration rtt) {
  if (rtt < Duration{} || rtt > longest) return;
  current_min_ = std::min(current_min_, std::chrono::duration_cast<RoundTrip>(rtt));
  if (samples_ < samples_needed) ++samples_;
  if (samples_ < samples_needed) return;
  if (!conservative()) {
    if (last_min_ != RoundTrip::max() && current_min_ >= last_min_ + threshold(last_min_)) baseline_min_ = current_min_;
  } else if (current_min_ < baseline_min_) {  // the round trip only seemed to grow: slow start goes on
    baseline_min_ = RoundTrip::max();
    conservative_rounds_ = 0;
  }
}

}  // namespace handwave::tcp
