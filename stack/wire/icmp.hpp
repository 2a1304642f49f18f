// ICMP messages: RFC 792 and RFC 1191 for IPv4, RFC 4443 for IPv6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/bytes.hpp"

namespace handwave::wire {

inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_icmpv6 = 58;
inline constexpr std::uint8_t protocol_udp = 17;
inline constexpr std::size_t icmp_header_size = 8;

namespace icmpv4 {
inline constexpr std::uint8_t echo_reply = 0;
inline constexpr std::uint8_t destination_unreachable = 3;
inline constexpr std::uint8_t source_quench = 4;
inline constexpr std::uint8_t redirect = 5;
inline constexpr std::uint8_t echo_request = 8;
inline constexpr std::uint8_t time_exceeded = 11;
inline constexpr std::uint8_t parameter_problem = 12;
// Codes of destination unreachable.
inline constexpr std::uint8_t net_unreachable = 0;
inline constexpr std::uint8_t host_unreachable = 1;
inline constexpr std::uint8_t protocol_unreachable = 2;
inline constexpr std::uint8_t port_unreachable = 3;
inline constexpr std::uint8_t fragmentation_needed = 4;
inline constexpr std::uint8_t source_route_failed = 5;
}  // namespace icmpv4

namespace icmpv6 {
inline constexpr std::uint8_t destination_unreachable = 1;
inline constexpr std::uint8_t packet_too_big = 2;
inline constexpr std::uint8_t time_exceeded = 3;
inline constexpr std::uint8_t parameter_problem = 4;
inline constexpr std::uint8_t echo_request = 128;
inline constexpr std::uint8_t echo_reply = 129;
inline constexpr std::uint8_t redirect = 137;
// Codes of destination unreachable.
inline constexpr std::uint8_t no_route = 0;
inline constexpr std::uint8_t administratively_prohibited = 1;
inline constexpr std::uint8_t beyond_scope = 2;
inline constexpr std::uint8_t address_unreachable = 3;
inline constexpr std::uint8_t port_unreachable = 4;
// Codes of parameter problem.
inline constexpr std::uint8_t erroneous_header_field = 0;
inline constexpr std::uint8_t unrecognized_next_header = 1;
inline constexpr std::uint8_t unrecognized_option = 2;
inline constexpr std::uint8_t incomplete_header_chain = 3;  ///< RFC 7112 §6: in a first fragment
}  // namespace icmpv6

/// The code of time exceeded, in either family, that means fragments.
inline constexpr std::uint8_t reassembly_time_exceeded = 1;

/// The eight octets that every message begins with; what the second word means depends on the type.
struct IcmpHeader {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  ///< echo: identifier and sequence number; too big: the MTU; else unused or a pointer
  friend bool operator==(const IcmpHeader&, const IcmpHeader&) = default;
};

/// Reads the header at the start of `message`; nothing if it is cut short. The checksum is not looked at.
std::optional<IcmpHeader> parse_icmp(Bytes message);

/// Writes the header into `to`, with a checksum field of zero.
void write_icmp(const IcmpHeader& header, MutableBytes to);

}  // namespace handwave::wire
