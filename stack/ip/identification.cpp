// A counter through a keyed permutation: RFC 6864, RFC 7739 §5.
#include "stack/ip/identification.hpp"

#include <array>

#include "stack/bytes.hpp"

namespace handwave::ip {

/// A Feistel network: whatever the round function, each input has an output of its own. Four rounds of a keyed
/// function make it look random (Luby and Rackoff, 1988).
std::uint32_t Identification::permute(std::uint32_t number, unsigned half_bits) const {
  const std::uint32_t mask = (1U << half_bits) - 1;
  std::uint32_t left = number >> half_bits;
  std::uint32_t right = number & mask;
  for (std::uint8_t round = 0; round < 4; ++round) {
    std::array<std::uint8_t, 6> message{static_cast<std::uint8_t>(half_bits), round};
    store_be32(message.data() + 2, right);
    const auto scrambled = static_cast<std::uint32_t>(siphash(key_, message)) & mask;
    const std::uint32_t new_right = left ^ scrambled;
    left = right;
    right = new_right;
  }
  return left << half_bits | right;
}

}  // namespace handwave::ip
