// The IPv4 header: RFC 791 §3.1, with the identification field as RFC 6864 has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/address.hpp"
#include "stack/bytes.hpp"

namespace handwave::wire {

inline constexpr std::size_t ipv4_header_size = 20;  ///< without options

/// The header as a value. Lengths are in octets.
struct Ipv4Header {
  std::uint8_t traffic_class = 0;  ///< the former type of service: Differentiated Services and ECN
  std::uint16_t total_length = 0;  ///< header and payload
  std::uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  ///< in octets, a multiple of 8
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t header_size = ipv4_header_size;  ///< with options

  [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
  friend bool operator==(const Ipv4Header&, const Ipv4Header&) = default;
};

/// Reads the header at the start of `packet`; nothing if the version is not 4 or a length is impossible (header below
/// 20 octets, total length below the header or above the packet). The checksum is not looked at. Octets beyond the
/// total length are link padding: the caller trims them.
std::optional<Ipv4Header> parse_ipv4(Bytes packet);

/// True if the header checksum is right. `packet` holds at least `header_size` octets.
bool ipv4_checksum_right(Bytes packet, std::size_t header_size);

/// Writes a header with `options`, a whole number of words, into `to`, its checksum included.
void write_ipv4(const Ipv4Header& header, MutableBytes to, Bytes options = {});

}  // namespace handwave::wire
