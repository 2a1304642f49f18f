// Who gets a datagram for us: TCP outside of here; ICMP and refusals inside: RFC 1122 §3.2.2, §4.1.3; RFC 4443.
#include <algorithm>
#include <utility>

#include "stack/ip/icmp_input.hpp"
#include "stack/ip/ip.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/source_route.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::ip {
namespace {

constexpr std::size_t udp_header_size = 8;
constexpr std::size_t udp_length_position = 4;
constexpr std::size_t udp_checksum_position = 6;

/// RFC 792; RFC 4443 §2.3 with a pseudo-header.
bool icmp_checksum_right(const Datagram& datagram) {
  const Bytes message = datagram.payload.bytes();
  const std::uint16_t pseudo_header =
      datagram.source.is_v6() ? wire::pseudo_header_sum(datagram.source, datagram.destination, wire::protocol_icmpv6,
                                                        static_cast<std::uint32_t>(message.size()))
                              : 0;
  return wire::ones_complement_sum(message, pseudo_header) == 0xffff;
}

/// RFC 1122 §4.1.3.4: a datagram with a wrong checksum is nobody's, and not worth an answer either. Without any
/// checksum it is in order in IPv4, and must be discarded in IPv6 (RFC 8200 §8.1).
bool udp_in_order(const Datagram& datagram) {
  const Bytes payload = datagram.payload.bytes();
  if (payload.size() < udp_header_size) return false;
  const std::uint16_t length = load_be16(&payload[udp_length_position]);
  if (length < udp_header_size || length > payload.size()) return false;
  if (datagram.checksum_verified) return true;
  if (load_be16(&payload[udp_checksum_position]) == 0) return datagram.source.is_v4();
  return wire::ones_complement_sum(
             payload.first(length),
             wire::pseudo_header_sum(datagram.source, datagram.destination, wire::protocol_udp, length)) == 0xffff;
}

}  // namespace

Arrival Ip::deliver(Instant now, Datagram&& datagram, Counters& counters) {
  const std::uint8_t icmp = datagram.source.is_v6() ? wire::protocol_icmpv6 : wire::protocol_icmp;
  if (datagram.protocol == wire::protocol_tcp) {
    Indirect<SourceRoute> back = return_route_of(datagram);
    return TcpArrival{datagram.source,
                      datagram.destination,
                      std::move(datagram.payload),
                      datagram.checksum_verified,
                      datagram.segment_size,
                      datagram.traffic_class,
                      std::move(back)};
  }
  if (datagram.protocol == icmp) return deliver_icmp(datagram, counters);
  if (datagram.protocol == wire::protocol_udp) {
    refuse_udp(now, datagram, counters);
  } else {
    refuse_protocol(now, datagram, counters);
  }
  return {};
}

/// MUST-53 (§3.9.2.1): of a packet whose source route ends here; one that goes on was refused before. A way over what
/// is no single host's address is none: our answers would go to everybody.
Indirect<SourceRoute> Ip::return_route_of(const Datagram& datagram) const {
  Indirect<SourceRoute> back;
  const std::size_t headers_size = datagram.packet.size() - datagram.payload.size();
  if (!accept_source_routes_ || datagram.source.is_v6() || headers_size <= wire::ipv4_header_size) return back;
  const auto route =
      wire::find_source_route(datagram.packet.bytes().first(headers_size).subspan(wire::ipv4_header_size));
  if (!route) return back;
  SourceRoute reversed = wire::return_route(*route, datagram.source);
  const bool possible =
      std::ranges::all_of(reversed.gateways, [this](const IpAddress& gateway) { return is_valid_remote(gateway); });
  if (possible && !reversed.gateways.empty()) back.emplace(std::move(reversed));
  return back;
}

Arrival Ip::deliver_icmp(const Datagram& datagram, Counters& counters) {
  const auto header = wire::parse_icmp(datagram.payload.bytes());
  if (!header || !icmp_checksum_right(datagram)) {
    counters.add(Counter::icmp_malformed);
    return {};
  }
  const bool v6 = datagram.source.is_v6();
  if (header->type == (v6 ? wire::icmpv6::echo_request : wire::icmpv4::echo_request)) {
    // RFC 1122 §3.2.2.6, RFC 4443 §4.2: every host answers.
    if (replies_.push(make_echo_reply(datagram, *header), counters)) counters.add(Counter::icmp_echo_replied);
    return {};
  }
  if (!v6 && header->type == wire::icmpv4::source_quench) {
    counters.add(Counter::icmp_source_quench);  // MUST-55 (§3.9.2.2), RFC 6633 §3
    return {};
  }
  if (is_icmp_error(datagram.source.family(), header->type)) return deliver_icmp_error(datagram, *header, counters);
  // The answers to what we never asked; redirects, as there is but one way out; what nobody uses any more.
  counters.add(Counter::icmp_ignored);
  return {};
}

Arrival Ip::deliver_icmp_error(const Datagram& datagram, const wire::IcmpHeader& header, Counters& counters) {
  // MUST-54 (§3.9.2.2): directed to the connection that the quoted headers name.
  const Bytes quote = datagram.payload.bytes().subspan(wire::icmp_header_size);
  const auto error = read_icmp_error(datagram.destination, header, quote);
  if (error) return *error;
  counters.add(Counter::icmp_error_for_nobody);
  return {};
}

void Ip::refuse_udp(Instant now, const Datagram& datagram, Counters& counters) {
  if (!udp_in_order(datagram)) {
    counters.add(Counter::udp_malformed);
    return;
  }
  // RFC 1122 §4.1.3.1, RFC 4443 §3.1: a SHOULD.
  counters.add(Counter::udp_no_port);
  const wire::IcmpHeader error =
      datagram.source.is_v6()
          ? wire::IcmpHeader{wire::icmpv6::destination_unreachable, wire::icmpv6::port_unreachable, 0}
          : wire::IcmpHeader{wire::icmpv4::destination_unreachable, wire::icmpv4::port_unreachable, 0};
  send_error(now, datagram.source, datagram.destination, datagram.packet, error, counters);
}

void Ip::refuse_protocol(Instant now, const Datagram& datagram, Counters& counters) {
  // RFC 1122 §3.2.2.1: protocol unreachable. RFC 4443 §3.4: its counterpart points at the octet with the protocol.
  counters.add(Counter::ip_unknown_protocol);
  const wire::IcmpHeader error =
      datagram.source.is_v6()
          ? wire::IcmpHeader{wire::icmpv6::parameter_problem, wire::icmpv6::unrecognized_next_header,
                             static_cast<std::uint32_t>(datagram.protocol_position)}
          : wire::IcmpHeader{wire::icmpv4::destination_unreachable, wire::icmpv4::protocol_unreachable, 0};
  send_error(now, datagram.source, datagram.destination, datagram.packet, error, counters);
}

void Ip::send_error(Instant now, const IpAddress& source, const IpAddress& destination, const Slice& packet,
                    const wire::IcmpHeader& error, Counters& counters) {
  // RFC 1122 §3.2.2, RFC 4443 §2.4 (e): never about an ICMP error. (Nor about a broadcast or multicast, or to what is
  // not a single host: these were sorted out before anybody could ask for an error here.)
  if (carries_icmp_error(packet.bytes())) return counters.add(Counter::icmp_ignored);
  if (!icmp_error_rate_.allow(now)) {
    counters.add(Counter::icmp_rate_limited);
    return;
  }
  if (replies_.push(make_icmp_error(source, destination, packet, error), counters)) {
    counters.add(Counter::icmp_errors_sent);
  }
}

}  // namespace handwave::ip
