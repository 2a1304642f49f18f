// Time as the stack sees it: instants and durations that somebody else measured.
#pragma once

#include <chrono>
#include <cstdint>

namespace handwave {

/// The clock of every instant in the stack. It has no `now()` on purpose: code that tried to read the time inside
/// `stack/` would not compile. Whoever drives the stack reads a clock once a turn and hands the instant in.
struct StackClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<StackClock>;
  static constexpr bool is_steady = true;
};

using Instant = StackClock::time_point;
using Duration = StackClock::duration;

}  // namespace handwave
