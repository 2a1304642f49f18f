// What a bad network does to packets, and how people write it: "loss=5%,reorder=2%,delay=20ms,in.rate=100mbit".
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "stack/time.hpp"

namespace handwave {

/// What happens to the packets of one direction. Shares are probabilities, from 0 to 1, each packet's by itself.
struct Impairment {
  double loss = 0;         ///< dropped
  double mark = 0;         ///< marked CE, as by a router that is about to be full, if ECN-capable (RFC 3168 §5)
  double duplicate = 0;    ///< delivered twice
  double reorder = 0;      ///< overtaken by a few packets that were sent later
  double corrupt = 0;      ///< one bit flipped, anywhere in the packet
  Duration delay{};        ///< every packet's time on the way
  Duration jitter{};       ///< at most so much longer, at random; does not change the order
  Duration detour{};       ///< if not 0: a reordered packet takes so much longer, however many overtake it then
  std::uint64_t rate = 0;  ///< bits a second that the way carries; 0: any
  /// How long a packet waits for the rate at most: what finds a longer queue is lost.
  std::optional<Duration> queue = std::nullopt;
  friend bool operator==(const Impairment&, const Impairment&) = default;
};

/// Both directions, as the stack sees them.
struct Impairments {
  Impairment in;
  Impairment out;
  friend bool operator==(const Impairments&, const Impairments&) = default;
};

/// Reads a list of KEY=VALUE, separated by commas. KEY is a field of Impairment, for both directions, or with "in." or
/// "out." before it for one; what comes later in the list replaces what came before. Shares are written "0.5%", times
/// "20ms" (ns, us, ms, s), rates "100mbit" (bit, kbit, mbit, gbit; a second). The error is a line for a person to read.
std::expected<Impairments, std::string> parse_impairments(std::string_view spec);

}  // namespace handwave
