// The IPv6 header and its extension headers: RFC 8200 §3, §4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/address.hpp"
#include "stack/bytes.hpp"

namespace handwave::wire {

inline constexpr std::size_t ipv6_header_size = 40;
inline constexpr std::size_t ipv6_fragment_header_size = 8;
/// RFC 8504 §5.3 lets a host set a limit: honest packets have one of each kind, with destination options perhaps twice.
inline constexpr std::size_t max_extension_headers = 8;

/// The fixed header as a value.
struct Ipv6Header {
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;      ///< 20 bits
  std::uint16_t payload_length = 0;  ///< octets after this header, extension headers included
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 64;
  IpAddress source;
  IpAddress destination;
  friend bool operator==(const Ipv6Header&, const Ipv6Header&) = default;
};

/// The fragment header, §4.5.
struct Ipv6Fragment {
  std::uint8_t next_header = 0;
  std::uint16_t offset = 0;  ///< in octets, a multiple of 8
  bool more_fragments = false;
  std::uint32_t identification = 0;
  friend bool operator==(const Ipv6Fragment&, const Ipv6Fragment&) = default;
};

/// What lies behind the extension headers of a packet.
struct Ipv6Payload {
  enum class Problem : std::uint8_t {
    none,
    truncated,                  ///< an extension header or an option runs past the end of what holds it: drop
    unrecognized_header,        ///< §4: answer with Parameter Problem code 1 at `problem_pointer`
    unrecognized_option,        ///< §4.2: Parameter Problem code 2 at `problem_pointer`, as the option's high bits ask
    unrecognized_routing_type,  ///< §4.4: Parameter Problem code 0 at `problem_pointer`
    drop_silently,              ///< §4.2: the option's high bits ask for it; or there are too many extension headers
    no_next_header,             ///< §4.7: nothing to do
  };
  Problem problem = Problem::none;
  /// Of what is wrong, in octets from the start of the packet. If nothing is: of the Next Header octet that names
  /// `protocol`, for a Parameter Problem code 1 should the caller not know that protocol.
  std::uint32_t problem_pointer = 0;
  bool answer_even_to_multicast = false;  ///< §4.2: option type bits 10
  std::uint8_t protocol = 0;              ///< the upper-layer protocol (what a fragment begins with, if it is one)
  /// Of the upper-layer header, or of what a fragment carries, from the start of the packet; perhaps at its very end.
  std::uint32_t offset = ipv6_header_size;
  bool extension_headers = false;  ///< something was stepped over
  /// Set if the packet is one fragment of several: the walk ends behind the fragment header. An atomic fragment
  /// (RFC 6946) is a whole packet and leaves nothing here.
  std::optional<Ipv6Fragment> fragment;
  std::uint32_t fragment_previous_next_header = 0;  ///< offset of the Next Header octet that named the fragment header
};

/// Reads the fixed header; nothing if the version is not 6 or the payload length exceeds the packet. Octets beyond the
/// payload length are link padding: the caller trims them.
std::optional<Ipv6Header> parse_ipv6(Bytes packet);

/// Walks the extension headers behind the fixed header of `packet`, which is trimmed to its length.
Ipv6Payload walk_extension_headers(Bytes packet);

/// What `packet` carries, its extension headers stepped over by their lengths alone, whatever they ask for: to know
/// about what an error would be. The offset is that of the packet's end if the upper-layer header is not in it.
struct Ipv6UpperLayer {
  std::uint8_t protocol = 0;
  std::size_t offset = ipv6_header_size;
};
Ipv6UpperLayer find_upper_layer(Bytes packet);

/// Writes the fixed header of 40 octets into `to`.
void write_ipv6(const Ipv6Header& header, MutableBytes to);

}  // namespace handwave::wire
