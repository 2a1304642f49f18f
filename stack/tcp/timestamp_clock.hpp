// The clock of the Timestamps option: RFC 7323 §4, §5.4.
#pragma once

#include <cstdint>

#include "stack/address.hpp"
#include "stack/random.hpp"
#include "stack/time.hpp"

namespace handwave::tcp {

/// TSval ticks once a millisecond, the fastest that §5.4 allows. Each pair of sockets starts at a keyed offset of its
/// own (§7.1), so that a peer learns neither our uptime nor anything about the other connections; since the offset
/// belongs to the sockets, the clock does not run backwards from one incarnation of a connection to the next.
class TimestampClock {
 public:
  explicit TimestampClock(SipKey key) : key_(key) {}

  /// TSval for a segment of `sockets` sent `now`: ticks(now) + offset(sockets).
  [[nodiscard]] std::uint32_t now(Instant now, const FourTuple& sockets) const { return ticks(now) + offset(sockets); }
  /// What a connection adds to ticks(): worth keeping, it never changes.
  [[nodiscard]] std::uint32_t offset(const FourTuple& sockets) const;
  static constexpr Duration tick = std::chrono::milliseconds{1};
  /// Milliseconds since the clock's epoch, modulo 2^32.
  static std::uint32_t ticks(Instant now);

 private:
  SipKey key_;
};

}  // namespace handwave::tcp
