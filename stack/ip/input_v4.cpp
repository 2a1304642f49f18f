// From an IPv4 packet to a datagram for us: RFC 791 §3.1, RFC 1122 §3.2.1, §3.3.2.
#include <utility>

#include "stack/ip/ip.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/source_route.hpp"

namespace handwave::ip {
namespace {

// Places in the header that a whole datagram has other values in than its first fragment.
constexpr std::size_t total_length_position = 2;
constexpr std::size_t flags_position = 6;
constexpr std::size_t protocol_position = 9;
constexpr std::size_t checksum_position = 10;

/// Makes the first fragment's header the whole datagram's, so that a quote of it will be in order.
void mend_ipv4_header(const WholeDatagram& whole) {
  std::uint8_t* header = whole.bytes.block().data();
  if (whole.congestion_experienced) wire::set_ecn_field({header, whole.header_size}, wire::EcnField::ce);
  store_be16(header + total_length_position, static_cast<std::uint16_t>(whole.bytes.size()));
  store_be16(header + flags_position, 0);
  store_be16(header + checksum_position, 0);
  const std::uint16_t sum = wire::ones_complement_sum({header, whole.header_size});
  store_be16(header + checksum_position, static_cast<std::uint16_t>(~sum));
}

Datagram datagram_of(const wire::Ipv4Header& header, Slice packet) {
  Datagram datagram;
  datagram.source = header.source;
  datagram.destination = header.destination;
  datagram.protocol = header.protocol;
  datagram.traffic_class = header.traffic_class;
  datagram.protocol_position = protocol_position;
  datagram.payload = packet.subslice(header.header_size);
  datagram.packet = std::move(packet);
  return datagram;
}

}  // namespace

Arrival Ip::receive_v4(Instant now, IncomingPacket&& packet, Counters& counters) {
  const auto header = wire::parse_ipv4(packet.bytes.bytes());
  if (!header) {
    counters.add(Counter::ip_malformed);
    return {};
  }
  // RFC 1122 §3.2.1.2: a host MUST verify the header checksum.
  if (!wire::ipv4_checksum_right(packet.bytes.bytes(), header->header_size)) {
    counters.add(Counter::ip_bad_checksum);
    return {};
  }
  if (!admit(header->source, header->destination, header->protocol, counters)) return {};
  packet.bytes.truncate(header->total_length);
  if (header->header_size > wire::ipv4_header_size && !heeds_options(now, *header, packet.bytes, counters)) return {};
  if (header->is_fragment()) return receive_v4_fragment(now, *header, packet.bytes, counters);

  Datagram datagram = datagram_of(*header, std::move(packet.bytes));
  datagram.checksum_verified = packet.checksum_verified;
  datagram.segment_size = packet.segment_size;
  return deliver(now, std::move(datagram), counters);
}

/// MUST-50 (§3.9.2): options are stepped over, but for a source route. False if that does not end here.
bool Ip::heeds_options(Instant now, const wire::Ipv4Header& header, const Slice& packet, Counters& counters) {
  const Bytes options = packet.bytes().first(header.header_size).subspan(wire::ipv4_header_size);
  const auto route = wire::find_source_route(options);
  if (!route || route->completed()) {
    if (!route || !accept_source_routes_) counters.add(Counter::ip_options_ignored);
    return true;
  }
  // RFC 1122 §3.3.5: a host that does not forward says so. A fragment that is not the first gets no error (§3.2.2).
  counters.add(Counter::ip_source_route_refused);
  const wire::IcmpHeader error{wire::icmpv4::destination_unreachable, wire::icmpv4::source_route_failed, 0};
  if (header.fragment_offset == 0) send_error(now, header.source, header.destination, packet, error, counters);
  return false;
}

Arrival Ip::receive_v4_fragment(Instant now, const wire::Ipv4Header& header, const Slice& packet, Counters& counters) {
  counters.add(Counter::fragments_received);
  Fragment fragment;
  fragment.key = {header.source, header.destination, header.protocol, header.identification};
  fragment.offset = header.fragment_offset;
  fragment.more_fragments = header.more_fragments;
  fragment.headers = packet.bytes().first(header.header_size);
  fragment.payload = packet.bytes().subspan(header.header_size);
  fragment.headers_kept = header.header_size;
  fragment.protocol_position = protocol_position;
  fragment.protocol = header.protocol;
  fragment.ecn = wire::ecn_field(header.traffic_class);
  fragment.max_payload = 65535U - header.header_size;
  if (fault_of(fragment) != FragmentFault::none) {
    counters.add(Counter::fragments_invalid);
    return {};
  }
  const auto whole = reassembly_.add(now, fragment, counters);
  if (!whole) return {};
  mend_ipv4_header(*whole);
  const auto whole_header = wire::parse_ipv4(whole->bytes.bytes());
  expects(whole_header.has_value(), "a mended header is a header");
  return deliver(now, datagram_of(*whole_header, whole->bytes), counters);
}

}  // namespace handwave::ip
