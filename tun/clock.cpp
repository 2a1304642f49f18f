#include "tun/clock.hpp"

#include <ctime>

namespace handwave {

Instant monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);  // cannot fail: the clock exists and the pointer is good
  return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

std::chrono::system_clock::time_point wall_clock_now() { return std::chrono::system_clock::now(); }

}  // namespace handwave
