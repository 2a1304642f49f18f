#include "stack/tcp/congestion/pacer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "stack/tcp/congestion/congestion_control.hpp"

namespace handwave::tcp {
namespace {

constexpr Duration tick = std::chrono::milliseconds{1};  ///< no timer is set for less
constexpr std::uint64_t super_segment = 65535;
/// Ten gigabits a second: a super-segment in 50 microseconds.
constexpr std::uint64_t fastest = 1'250'000;  ///< octets a tick

}  // namespace

/// RFC 9002 §7.7 has N "small, but at least 1 (for example, 1.25)", so that round trips that vary leave nothing of the
/// window unused. In slow start the window doubles while it leaves.
std::optional<Pace> Pace::of(std::uint32_t cwnd, bool slow_start, std::optional<Duration> srtt, std::uint32_t smss) {
  if (!is_of_use(srtt)) return std::nullopt;
  const std::uint64_t octets = slow_start ? std::uint64_t{2} * cwnd : std::uint64_t{cwnd} + cwnd / 4;
  const Pace pace{std::max<std::uint64_t>(octets, smss), *srtt, smss};
  return pace.octets_in(tick) < fastest ? std::optional{pace} : std::nullopt;
}

Duration Pace::time_for(std::uint64_t octets) const {
  const double share = static_cast<double>(octets) / static_cast<double>(octets_);
  return Duration{std::llround(share * static_cast<double>(time_.count()))};
}

std::uint64_t Pace::octets_in(Duration time) const {
  const double share = static_cast<double>(time.count()) / static_cast<double>(time_.count());
  return static_cast<std::uint64_t>(std::llround(share * static_cast<double>(octets_)));
}

std::uint32_t Pace::quantum() const {
  const std::uint64_t least = std::uint64_t{2} * smss_;
  return static_cast<std::uint32_t>(std::clamp(octets_in(tick), least, std::max(super_segment, least)));
}

Duration Pace::arrears() const {
  const std::uint32_t burst = initial_window(smss_);
  return std::max(tick, time_for(burst - std::min(burst, quantum())));
}

std::uint32_t Pacer::room(Instant now, const Pace& pace) const {
  if (now < next_) return 0;
  const Duration late = now - std::max(next_, now - pace.arrears());
  return static_cast<std::uint32_t>(pace.quantum() + pace.octets_in(late));
}

void Pacer::sent(Instant now, std::uint32_t octets, const Pace& pace) {
  next_ = std::max(next_, now - pace.arrears()) + pace.time_for(octets);
}

}  // namespace handwave::tcp
