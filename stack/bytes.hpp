// Views of bytes, and integers in network byte order read from and written to them.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace handwave {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// The characters of `text` as bytes, not copied.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as characters, not copied.
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Big-endian loads and stores. The caller has checked that the bytes are there.
constexpr std::uint16_t load_be16(const std::uint8_t* from) {
  return static_cast<std::uint16_t>(from[0] << 8 | from[1]);
}
constexpr std::uint32_t load_be32(const std::uint8_t* from) {
  return std::uint32_t{load_be16(from)} << 16 | load_be16(from + 2);
}
constexpr void store_be16(std::uint8_t* to, std::uint16_t value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}
constexpr void store_be32(std::uint8_t* to, std::uint32_t value) {
  store_be16(to, static_cast<std::uint16_t>(value >> 16));
  store_be16(to + 2, static_cast<std::uint16_t>(value));
}

}  // namespace handwave
