// The Internet checksum: RFC 1071.
#pragma once

#include <cstdint>

#include "stack/address.hpp"
#include "stack/bytes.hpp"

namespace handwave::wire {

/// The 16-bit one's complement sum of `bytes` (an odd last octet is padded with zero), continued from `initial`;
/// folded to 16 bits, not complemented.
std::uint16_t ones_complement_sum(Bytes bytes, std::uint16_t initial = 0);

/// Adds two folded sums.
constexpr std::uint16_t add_sums(std::uint16_t a, std::uint16_t b) {
  const std::uint32_t sum = std::uint32_t{a} + b;
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

/// Sums runs of bytes that follow one another as if they were one, odd lengths in the middle included.
class ChecksumAccumulator {
 public:
  explicit ChecksumAccumulator(std::uint16_t initial = 0) : sum_(initial) {}
  void add(Bytes bytes);
  /// Folded, not complemented.
  [[nodiscard]] std::uint16_t sum() const { return sum_; }
  /// What goes into a checksum field.
  [[nodiscard]] std::uint16_t checksum() const { return static_cast<std::uint16_t>(~sum_); }

 private:
  std::uint16_t sum_;
  bool odd_ = false;  ///< an odd number of octets was added so far
};

/// The folded sum of the pseudo-header of RFC 9293 §3.1 (IPv4) or RFC 8200 §8.1 (IPv6). `length` is that of the
/// transport header and its payload, in octets.
std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t length);

}  // namespace handwave::wire
