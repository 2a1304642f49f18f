// Reads the structures of TLS from octets: numbers and vectors of RFC 8446 §3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tls/bytes.hpp"

namespace handwave::tls {

/// A place in octets that moves on as they are read. What reaches past the end reads as zero, or as an empty vector,
/// and from then on ok() is false: one question after a whole structure is enough.
class OctetReader {
 public:
  explicit OctetReader(Bytes octets) : rest_(octets) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// Nothing is left, or what was read reached past the end: every loop over elements ends.
  [[nodiscard]] bool at_end() const { return !ok_ || rest_.empty(); }

  Bytes octets(std::size_t count) {
    ok_ = ok_ && count <= rest_.size();
    if (!ok_) return {};
    const Bytes read = rest_.first(count);
    rest_ = rest_.subspan(count);
    return read;
  }
  /// A number in network byte order (§3.3).
  std::uint32_t number(std::size_t octet_count) {
    std::uint32_t value = 0;
    for (const std::uint8_t octet : octets(octet_count)) value = value << 8 | octet;
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  /// A vector of variable length whose length field has that many octets (§3.4).
  Bytes vector(std::size_t length_octets) { return octets(number(length_octets)); }

 private:
  Bytes rest_;
  bool ok_ = true;
};

}  // namespace handwave::tls
