// Reading the datagrams that ICMP errors quote, and classing what they say: RFC 9293 §3.9.2.2, RFC 1191 §5.
#include "stack/ip/icmp_input.hpp"

#include <algorithm>
#include <limits>

#include "stack/ip/path_mtu.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/source_route.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::ip {
namespace {

/// RFC 792: the octets of the quoted payload that every router gives: of TCP, the ports and the sequence number.
constexpr std::size_t min_quoted_payload = 8;

/// What the type and code mean to a connection.
struct Meaning {
  TcpError error = TcpError::host_unreachable;
  bool hard = false;
  bool too_big = false;
};

// Codes and types that the RFCs do not class as hard are soft: a connection survives what it need not die of.
Meaning meaning_v4(const wire::IcmpHeader& header) {
  if (header.type != wire::icmpv4::destination_unreachable) return {};  // time exceeded, parameter problem: MUST-56
  switch (header.code) {
    case wire::icmpv4::protocol_unreachable:
      return {TcpError::protocol_unreachable, true, false};  // SHLD-26 (§3.9.2.2)
    case wire::icmpv4::port_unreachable:
      return {TcpError::port_unreachable, true, false};  // SHLD-26
    case wire::icmpv4::fragmentation_needed:
      return {TcpError::message_too_long, false, true};  // RFC 1191 made a signal of this hard error
    default:
      return {};  // MUST-56: 0, 1 and 5 are soft
  }
}

Meaning meaning_v6(const wire::IcmpHeader& header) {
  switch (header.type) {
    case wire::icmpv6::packet_too_big:
      return {TcpError::message_too_long, false, true};
    case wire::icmpv6::destination_unreachable:
      if (header.code == wire::icmpv6::port_unreachable) return {TcpError::port_unreachable, true, false};
      // RFC 5927 §3: the counterparts of the IPv4 hard errors.
      if (header.code == wire::icmpv6::administratively_prohibited) return {TcpError::host_unreachable, true, false};
      return {};
    case wire::icmpv6::parameter_problem:
      if (header.code == wire::icmpv6::unrecognized_next_header) return {TcpError::protocol_unreachable, false, false};
      return {};
    default:
      return {};
  }
}

/// The packet that an error quotes, as far as it matters here.
struct Quote {
  IpAddress source;
  IpAddress destination;
  std::uint16_t total_length = 0;
  Bytes segment;
};

// The wire parsers want a whole packet; a quote is cut short, and is read by hand.
std::optional<Quote> read_quote_v4(Bytes quote) {
  if (quote.size() < wire::ipv4_header_size || quote[0] >> 4 != 4) return std::nullopt;
  const std::size_t header_size = std::size_t{quote[0] & 0xfU} * 4;
  if (header_size < wire::ipv4_header_size || quote.size() < header_size) return std::nullopt;
  const bool first_fragment = (load_be16(&quote[6]) & 0x1fff) == 0;
  if (!first_fragment || quote[9] != wire::protocol_tcp) return std::nullopt;
  // MUST-54 (§3.9.2.2): a packet of ours by a source route names its connection only in that.
  const auto route = wire::find_source_route(quote.first(header_size).subspan(wire::ipv4_header_size));
  const IpAddress destination =
      route && !route->completed() ? route->destination() : IpAddress::from_octets(quote.subspan(16, 4));
  return Quote{IpAddress::from_octets(quote.subspan(12, 4)), destination, load_be16(&quote[2]),
               quote.subspan(header_size)};
}

std::optional<Quote> read_quote_v6(Bytes quote) {
  if (quote.size() < wire::ipv6_header_size || quote[0] >> 4 != 6) return std::nullopt;
  // Our TCP sends no extension headers, so a quote that has some is not of ours.
  if (quote[6] != wire::protocol_tcp) return std::nullopt;
  return Quote{IpAddress::from_octets(quote.subspan(8, 16)), IpAddress::from_octets(quote.subspan(24, 16)), 0,
               quote.subspan(wire::ipv6_header_size)};
}

/// The next hop's MTU, or nothing if the report must be discarded.
std::optional<std::uint16_t> reported_mtu(const wire::IcmpHeader& header, const Quote& quote) {
  constexpr std::uint32_t largest = std::numeric_limits<std::uint16_t>::max();
  if (quote.source.is_v6()) {
    if (header.rest < PathMtus::floor_v6) return std::nullopt;  // RFC 8201 §4
    return static_cast<std::uint16_t>(std::min(header.rest, largest));
  }
  const auto mtu = static_cast<std::uint16_t>(header.rest & largest);
  // RFC 1191 §5: a router older than that RFC leaves the field zero.
  return mtu == 0 ? next_lower_plateau(quote.total_length) : mtu;
}

}  // namespace

bool is_icmp_error(IpAddress::Family family, std::uint8_t type) {
  if (family == IpAddress::Family::v6) return type < wire::icmpv6::echo_request;  // RFC 4443 §2.1; §2.4 (a)
  return type == wire::icmpv4::destination_unreachable || type == wire::icmpv4::time_exceeded ||
         type == wire::icmpv4::parameter_problem;
}

std::optional<IcmpError> read_icmp_error(const IpAddress& our_address, const wire::IcmpHeader& header, Bytes quote) {
  const auto quoted = our_address.is_v6() ? read_quote_v6(quote) : read_quote_v4(quote);
  // An error goes to the sender of what it quotes: another address of ours would be a forger's mistake (RFC 5927 §4).
  if (!quoted || quoted->source != our_address || quoted->segment.size() < min_quoted_payload) return std::nullopt;

  const Meaning meaning = our_address.is_v6() ? meaning_v6(header) : meaning_v4(header);
  const std::uint8_t* segment = quoted->segment.data();
  IcmpError error;
  error.sockets = {{quoted->source, load_be16(segment)}, {quoted->destination, load_be16(segment + 2)}};
  error.seq = Seq{load_be32(segment + 4)};
  error.error = meaning.error;
  error.hard = meaning.hard;
  if (meaning.too_big) {
    error.mtu = reported_mtu(header, *quoted);
    if (!error.mtu) return std::nullopt;
  }
  return error;
}

}  // namespace handwave::ip
