#include "stack/tcp/timestamp_clock.hpp"

#include <chrono>

#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

std::uint32_t TimestampClock::offset(const FourTuple& sockets) const {
  return static_cast<std::uint32_t>(tuple_hash(key_, sockets));
}

std::uint32_t TimestampClock::ticks(Instant now) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

}  // namespace handwave::tcp
