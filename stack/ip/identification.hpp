// The identification of datagrams that may be cut into fragments: RFC 6864 for IPv4, RFC 8200 §4.5 for IPv6.
#pragma once

#include <cstdint>

#include "stack/random.hpp"

namespace handwave::ip {

/// Numbers that do not repeat before they all were used, as reassembly needs, and that nobody can predict: a counter
/// that would betray how much we send, or invite forged fragments (RFC 7739), goes through a keyed permutation first.
class Identification {
 public:
  explicit Identification(Random& random) : key_(random.key()) {}

  /// For IPv4: each of the 65536 numbers once, then again.
  std::uint16_t next16() { return static_cast<std::uint16_t>(permute(counter16_++, 8)); }
  /// For IPv6: each of the 2^32 numbers once, then again.
  std::uint32_t next32() { return permute(counter32_++, 16); }

 private:
  [[nodiscard]] std::uint32_t permute(std::uint32_t number, unsigned half_bits) const;

  SipKey key_;
  std::uint16_t counter16_ = 0;
  std::uint32_t counter32_ = 0;
};

}  // namespace handwave::ip
