// How many challenge ACKs a connection may send: RFC 5961 §7.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "stack/time.hpp"

namespace handwave::tcp {

/// At most 10 in any 5 seconds. Each connection counts for itself: a limit shared by all of them would tell an
/// attacker, by its own challenge ACKs running out, that it guessed something about another (CVE-2016-5696).
class ChallengeAckLimit {
 public:
  static constexpr unsigned most = 10;

  /// True if a challenge ACK may be sent now, which counts as sent then.
  bool allow(Instant now);

 private:
  // Any 5 seconds lie within 6 whole ones, so 10 in those is never more than 10 in 5 s, and needs no list of instants.
  static constexpr std::size_t slots = 6;

  std::uint32_t second_ = 0;                  ///< the whole second that the last call fell into
  std::array<std::uint8_t, slots> counts_{};  ///< ACKs in that one, then in each of the five before it
};

}  // namespace handwave::tcp
