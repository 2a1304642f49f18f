#include "tests/support/tcp_packet.hpp"

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"

namespace handwave::test {

void make_tcp(OutgoingPacket& to, const IpAddress& source, const IpAddress& destination, const wire::TcpHeader& header,
              Bytes text, std::uint16_t segment_size) {
  to.clear();
  const std::size_t ip_size = source.is_v4() ? wire::ipv4_header_size : wire::ipv6_header_size;
  const std::size_t tcp_size = wire::tcp_size(header);
  const MutableBytes bytes = to.resize_header(ip_size + tcp_size);
  const auto transport_size = static_cast<std::uint16_t>(tcp_size + text.size());
  if (source.is_v4()) {
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(ip_size + transport_size);
    ip.identification = 7;
    ip.dont_fragment = true;
    ip.protocol = wire::protocol_tcp;
    ip.source = source;
    ip.destination = destination;
    wire::write_ipv4(ip, bytes);
  } else {
    wire::Ipv6Header ip;
    ip.payload_length = transport_size;
    ip.next_header = wire::protocol_tcp;
    ip.source = source;
    ip.destination = destination;
    wire::write_ipv6(ip, bytes);
  }
  const MutableBytes tcp = bytes.subspan(ip_size);
  wire::write_tcp(header, tcp);
  store_be16(tcp.data() + wire::tcp_checksum_offset,
             wire::pseudo_header_sum(source, destination, wire::protocol_tcp, transport_size));
  to.checksum_partial = true;
  to.checksum_start = static_cast<std::uint16_t>(ip_size);
  to.checksum_offset = wire::tcp_checksum_offset;
  to.segment_size = segment_size;
  to.add_payload(text);
}

IncomingPacket incoming(const OutgoingPacket& packet) {
  std::vector<std::uint8_t> octets(packet.header().begin(), packet.header().end());
  for (const Bytes slice : packet.payload()) octets.insert(octets.end(), slice.begin(), slice.end());
  return {.bytes = Slice::copy_of(octets), .checksum_verified = true, .segment_size = packet.segment_size};
}

bool checksums_right(Bytes packet) {
  std::uint16_t pseudo = 0;
  Bytes segment;
  if (const auto v4 = wire::parse_ipv4(packet)) {
    if (!wire::ipv4_checksum_right(packet, v4->header_size) || v4->total_length != packet.size()) return false;
    segment = packet.subspan(v4->header_size);
    pseudo =
        wire::pseudo_header_sum(v4->source, v4->destination, v4->protocol, static_cast<std::uint32_t>(segment.size()));
  } else if (const auto v6 = wire::parse_ipv6(packet)) {
    segment = packet.subspan(wire::ipv6_header_size);
    if (v6->payload_length != segment.size()) return false;
    pseudo = wire::pseudo_header_sum(v6->source, v6->destination, v6->next_header,
                                     static_cast<std::uint32_t>(segment.size()));
  } else {
    return false;
  }
  return wire::ones_complement_sum(segment, pseudo) == 0xffff;
}

std::vector<std::uint8_t> counting_text(std::size_t size) {
  std::vector<std::uint8_t> text(size);
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i % 251);
  return text;
}

}  // namespace handwave::test
