// The clocks: the only place where the project reads the time.
#pragma once

#include <chrono>

#include "stack/time.hpp"

namespace handwave {

/// The machine's monotonic clock as the stack's time; its origin means nothing.
Instant monotonic_now();

/// The time of day, for Date fields, certificates and captures.
std::chrono::system_clock::time_point wall_clock_now();

}  // namespace handwave
