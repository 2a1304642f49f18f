// From an IPv6 packet to a datagram for us: RFC 8200 §3, §4, with the answers that extension headers call for.
#include <utility>

#include "stack/ip/ip.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::ip {
namespace {

// Places in the fixed header.
constexpr std::size_t payload_length_position = 4;

constexpr std::size_t fragment_offset_position = 2;  ///< in the fragment header

/// Makes the first fragment's fixed header the whole packet's.
void mend_ipv6_header(const WholeDatagram& whole) {
  std::uint8_t* header = whole.bytes.block().data();
  if (whole.congestion_experienced) wire::set_ecn_field({header, wire::ipv6_header_size}, wire::EcnField::ce);
  const std::size_t payload_length = whole.bytes.size() - wire::ipv6_header_size;
  store_be16(header + payload_length_position, static_cast<std::uint16_t>(payload_length));
}

Datagram datagram_of(const wire::Ipv6Header& header, const wire::Ipv6Payload& walked, Slice packet) {
  Datagram datagram;
  datagram.source = header.source;
  datagram.destination = header.destination;
  datagram.protocol = walked.protocol;
  datagram.traffic_class = header.traffic_class;
  datagram.protocol_position = walked.problem_pointer;
  datagram.payload = packet.subslice(walked.offset);
  datagram.packet = std::move(packet);
  return datagram;
}

Fragment fragment_of(const wire::Ipv6Header& header, const wire::Ipv6Payload& walked, Bytes packet) {
  const std::size_t headers_kept = walked.offset - wire::ipv6_fragment_header_size;
  Fragment fragment;
  fragment.key = {header.source, header.destination, 0, walked.fragment->identification};
  fragment.offset = walked.fragment->offset;
  fragment.more_fragments = walked.fragment->more_fragments;
  fragment.headers = packet.first(walked.offset);
  fragment.payload = packet.subspan(walked.offset);
  fragment.headers_kept = headers_kept;
  fragment.protocol_position = walked.fragment_previous_next_header;
  fragment.protocol = walked.fragment->next_header;
  fragment.ecn = wire::ecn_field(header.traffic_class);
  fragment.max_payload = static_cast<std::uint32_t>(65535 - (headers_kept - wire::ipv6_header_size));
  return fragment;
}

/// Octets that an upper-layer header has at least, as far as we know the protocol.
std::size_t upper_layer_header_size(std::uint8_t protocol) {
  switch (protocol) {
    case wire::protocol_tcp:
      return wire::tcp_header_size;
    case wire::protocol_udp:
    case wire::protocol_icmpv6:
      return 8;
    default:
      return 0;
  }
}

/// RFC 8200 §4.5, RFC 7112 §5: a first fragment must hold all headers through the upper-layer header.
bool holds_all_headers(const wire::Ipv6Header& header, const Fragment& fragment) {
  // The rest of the chain is walked as if it stood right behind a fixed header.
  Block block = Block::allocate(wire::ipv6_header_size + fragment.payload.size());
  const MutableBytes packet{block.data(), block.capacity()};
  wire::Ipv6Header fixed = header;
  fixed.next_header = fragment.protocol;
  fixed.payload_length = static_cast<std::uint16_t>(fragment.payload.size());
  wire::write_ipv6(fixed, packet);
  std::memcpy(packet.data() + wire::ipv6_header_size, fragment.payload.data(), fragment.payload.size());

  const wire::Ipv6Payload walked = wire::walk_extension_headers(packet);
  if (walked.problem == wire::Ipv6Payload::Problem::truncated) return false;
  return walked.problem != wire::Ipv6Payload::Problem::none ||
         packet.size() - walked.offset >= upper_layer_header_size(walked.protocol);
}

wire::IcmpHeader parameter_problem(std::uint8_t code, std::size_t pointer) {
  return {wire::icmpv6::parameter_problem, code, static_cast<std::uint32_t>(pointer)};
}

}  // namespace

Arrival Ip::receive_v6(Instant now, IncomingPacket&& packet, Counters& counters) {
  const auto header = wire::parse_ipv6(packet.bytes.bytes());
  if (!header) {
    counters.add(Counter::ip_malformed);
    return {};
  }
  if (!admit(header->source, header->destination, header->next_header, counters)) return {};
  packet.bytes.truncate(wire::ipv6_header_size + header->payload_length);
  const wire::Ipv6Payload walked = wire::walk_extension_headers(packet.bytes.bytes());
  if (walked.problem != wire::Ipv6Payload::Problem::none) {
    answer_problem_v6(now, *header, walked, packet.bytes, counters);
    return {};
  }
  if (walked.extension_headers) counters.add(Counter::ip_options_ignored);
  if (walked.fragment) return receive_v6_fragment(now, *header, walked, packet.bytes, counters);

  Datagram datagram = datagram_of(*header, walked, std::move(packet.bytes));
  datagram.checksum_verified = packet.checksum_verified;
  datagram.segment_size = packet.segment_size;
  return deliver(now, std::move(datagram), counters);
}

Arrival Ip::receive_v6_fragment(Instant now, const wire::Ipv6Header& header, const wire::Ipv6Payload& walked,
                                const Slice& packet, Counters& counters) {
  counters.add(Counter::fragments_received);
  const Fragment fragment = fragment_of(header, walked, packet.bytes());
  const FragmentFault fault = fault_of(fragment);
  if (fault != FragmentFault::none) {
    counters.add(Counter::fragments_invalid);
    answer_fault_v6(now, fragment, fault, packet, counters);
    return {};
  }
  if (fragment.offset == 0 && !holds_all_headers(header, fragment)) {
    counters.add(Counter::fragments_invalid);
    const wire::IcmpHeader error = parameter_problem(wire::icmpv6::incomplete_header_chain, 0);
    send_error(now, header.source, header.destination, packet, error, counters);
    return {};
  }
  const auto whole = reassembly_.add(now, fragment, counters);
  if (!whole) return {};
  mend_ipv6_header(*whole);
  const auto whole_header = wire::parse_ipv6(whole->bytes.bytes());
  expects(whole_header.has_value(), "a mended header is a header");
  const wire::Ipv6Payload behind = wire::walk_extension_headers(whole->bytes.bytes());
  if (behind.fragment) {  // fragments inside of fragments serve nobody but attackers
    counters.add(Counter::fragments_invalid);
    return {};
  }
  if (behind.problem != wire::Ipv6Payload::Problem::none) {
    answer_problem_v6(now, *whole_header, behind, whole->bytes, counters);
    return {};
  }
  return deliver(now, datagram_of(*whole_header, behind, whole->bytes), counters);
}

/// RFC 8200 §4, §4.2, §4.4.
void Ip::answer_problem_v6(Instant now, const wire::Ipv6Header& header, const wire::Ipv6Payload& walked,
                           const Slice& packet, Counters& counters) {
  using Problem = wire::Ipv6Payload::Problem;
  std::uint8_t code = 0;
  switch (walked.problem) {
    case Problem::unrecognized_header:
      code = wire::icmpv6::unrecognized_next_header;
      break;
    case Problem::unrecognized_option:
      code = wire::icmpv6::unrecognized_option;
      break;
    case Problem::unrecognized_routing_type:
      code = wire::icmpv6::erroneous_header_field;
      break;
    case Problem::truncated:
      counters.add(Counter::ip_malformed);
      return;
    default:
      counters.add(Counter::ip_extension_header_refused);
      return;
  }
  counters.add(Counter::ip_extension_header_refused);
  const wire::IcmpHeader error = parameter_problem(code, walked.problem_pointer);
  send_error(now, header.source, header.destination, packet, error, counters);
}

/// RFC 8200 §4.5: the error conditions that have an answer.
void Ip::answer_fault_v6(Instant now, const Fragment& fragment, FragmentFault fault, const Slice& packet,
                         Counters& counters) {
  if (fault == FragmentFault::empty) return;
  const std::size_t pointer =
      fault == FragmentFault::ragged ? payload_length_position : fragment.headers_kept + fragment_offset_position;
  const wire::IcmpHeader error = parameter_problem(wire::icmpv6::erroneous_header_field, pointer);
  send_error(now, fragment.key.source, fragment.key.destination, packet, error, counters);
}

}  // namespace handwave::ip
