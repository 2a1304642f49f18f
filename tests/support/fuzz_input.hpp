// A fuzzer's octets, taken one value after the other; zeros once they are used up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "stack/bytes.hpp"

namespace handwave::test {

class FuzzInput {
 public:
  explicit FuzzInput(Bytes octets) : rest_(octets) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(octet() << 8 | octet()); }
  std::uint32_t long_word() { return std::uint32_t{word()} << 16 | word(); }
  bool flag() { return (octet() & 1) != 0; }
  /// One of 0 ... `count` - 1.
  std::size_t choice(std::size_t count) { return octet() % count; }
  /// Up to `most` octets, as they are.
  Bytes octets(std::size_t most) {
    const Bytes taken = rest_.first(std::min(most, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  Bytes rest_;
};

}  // namespace handwave::test
