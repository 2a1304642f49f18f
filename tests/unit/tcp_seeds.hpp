// What the property tests of the TCP parts share: sequence numbers at which something wraps, sockets, patterns of
// octets.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/random.hpp"
#include "stack/slice.hpp"
#include "stack/time.hpp"

namespace handwave::test {

/// Places from which a few thousand octets reach across 2^31 and 2^32, and some that are far from both.
inline constexpr std::array<std::uint32_t, 8> starts_near_wraps = {
    0, 1, 0x7fffffff - 1000, 0x7fffffff, 0x80000000, 0xffffffff - 1000, 0xffffffff, 0x12345678};

inline Instant at(Duration since_epoch) { return Instant{since_epoch}; }

/// The sockets with the number `n`, all different from one another; every other pair is IPv6.
inline FourTuple sockets_number(std::uint32_t n) {
  std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
  store_be32(octets.data() + 12, n);
  const bool v6 = n % 2 == 1;
  const Bytes remote = v6 ? Bytes{octets} : Bytes{octets}.subspan(12);
  const IpAddress local = v6 ? *IpAddress::parse("2001:db8::2") : IpAddress::v4(192, 0, 2, 2);
  return {{local, 80}, {IpAddress::from_octets(remote), static_cast<std::uint16_t>(1024 + n % 50000)}};
}

/// `size` random octets.
inline std::string random_octets(Random& random, std::size_t size) {
  std::string octets(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t drawn = random.next();
    std::memcpy(octets.data() + i, &drawn, std::min<std::size_t>(8, size - i));
  }
  return octets;
}

/// A slice with a copy of `text` in the middle of a block that has `waste` octets more.
inline Slice slice_with_waste(std::string_view text, std::size_t waste) {
  Block block = Block::allocate(text.size() + waste);
  if (!text.empty()) std::memcpy(block.data() + waste / 2, text.data(), text.size());
  return {block, waste / 2, text.size()};
}

}  // namespace handwave::test
