#include "stack/tcp/isn.hpp"

#include <chrono>
#include <ratio>

#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

Seq InitialSequenceNumbers::choose(Instant now, const FourTuple& sockets) const {
  // MUST-8 (§3.4.1): M, a clock whose low-order bit goes up about every 4 microseconds.
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<4, 1'000'000>>;
  const auto m = static_cast<std::uint32_t>(std::chrono::floor<Ticks>(now.time_since_epoch()).count());
  // SHLD-1, MUST-9 (§3.4.1): F, a pseudorandom function of the sockets that an outsider cannot compute.
  const auto f = static_cast<std::uint32_t>(tuple_hash(key_, sockets));
  return Seq{m + f};
}

}  // namespace handwave::tcp
