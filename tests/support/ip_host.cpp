// A host that is only an Internet layer, and packets to throw at it: for the tests of stack/ip.
#include "tests/support/ip_host.hpp"

#include "stack/wire/checksum.hpp"

namespace handwave::test {

StackConfig ip_config() {
  StackConfig config;
  config.addresses = {{our_v4, 24}, {our_v6(), 64}};
  return config;
}

const IpAddress& our_v6() {
  static const IpAddress address = *IpAddress::parse("2001:db8::2");
  return address;
}

const IpAddress& peer_v6() {
  static const IpAddress address = *IpAddress::parse("2001:db8::1");
  return address;
}

Octets pattern(std::size_t size) {
  Octets octets(size);
  for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return octets;
}

Octets joined(std::initializer_list<Bytes> runs) {
  Octets octets;
  for (const Bytes run : runs) octets.insert(octets.end(), run.begin(), run.end());
  return octets;
}

std::uint16_t plain_sum(Bytes octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2) {
    sum += static_cast<std::uint32_t>(octets[i] << 8 | (i + 1 < octets.size() ? octets[i + 1] : 0));
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

bool checksums_right(const Octets& packet) {
  const Bytes bytes{packet};
  if (packet[0] >> 4 == 4) {
    const std::size_t header_size = 4 * (packet[0] & 0xfU);
    return plain_sum(bytes.first(header_size)) == 0xffff && plain_sum(bytes.subspan(header_size)) == 0xffff;
  }
  const std::size_t length = packet.size() - 40;
  const Octets tail{0, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), 0, 0, 0, 58};
  return plain_sum(joined({bytes.subspan(8, 32), tail, bytes.subspan(40)})) == 0xffff;
}

Octets ipv4_packet(wire::Ipv4Header header, Bytes payload) {
  header.total_length = static_cast<std::uint16_t>(wire::ipv4_header_size + payload.size());
  Octets packet(wire::ipv4_header_size);
  wire::write_ipv4(header, packet);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Octets ipv4_packet(std::uint8_t protocol, Bytes payload) {
  wire::Ipv4Header header;
  header.protocol = protocol;
  header.source = peer_v4;
  header.destination = our_v4;
  return ipv4_packet(header, payload);
}

Octets ipv6_packet(wire::Ipv6Header header, Bytes payload) {
  header.payload_length = static_cast<std::uint16_t>(payload.size());
  Octets packet(wire::ipv6_header_size);
  wire::write_ipv6(header, packet);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

Octets ipv6_packet(std::uint8_t next_header, Bytes payload) {
  wire::Ipv6Header header;
  header.next_header = next_header;
  header.source = peer_v6();
  header.destination = our_v6();
  return ipv6_packet(header, payload);
}

Octets icmp_message(bool v6, const wire::IcmpHeader& header, Bytes body) {
  Octets message(wire::icmp_header_size);
  wire::write_icmp(header, message);
  message.insert(message.end(), body.begin(), body.end());
  wire::ChecksumAccumulator sum{v6 ? wire::pseudo_header_sum(peer_v6(), our_v6(), wire::protocol_icmpv6,
                                                             static_cast<std::uint32_t>(message.size()))
                                   : std::uint16_t{0}};
  sum.add(message);
  store_be16(&message[2], sum.checksum());
  return message;
}

Octets udp_datagram(bool v6, Bytes data) {
  const Octets header{0x30, 0x39, 0x82, 0x9a, 0, 0, 0, 0};  // ports 12345 and 33434
  Octets datagram = joined({header, data});
  store_be16(&datagram[4], static_cast<std::uint16_t>(datagram.size()));
  const auto length = static_cast<std::uint32_t>(datagram.size());
  wire::ChecksumAccumulator sum{v6 ? wire::pseudo_header_sum(peer_v6(), our_v6(), wire::protocol_udp, length)
                                   : wire::pseudo_header_sum(peer_v4, our_v4, wire::protocol_udp, length)};
  sum.add(datagram);
  store_be16(&datagram[6], sum.checksum());
  return datagram;
}

Octets fragment_header(std::uint8_t next_header, std::uint16_t offset, bool more, std::uint32_t identification) {
  Octets header{next_header, 0, 0, 0, 0, 0, 0, 0};
  store_be16(&header[2], static_cast<std::uint16_t>(offset | (more ? 1 : 0)));
  store_be32(&header[4], identification);
  return header;
}

std::vector<Octets> IpHost::answers() {
  std::vector<Octets> packets;
  OutgoingPacket packet;
  while (ip.poll_transmit(packet)) {
    Octets octets(packet.header().begin(), packet.header().end());
    for (const Bytes slice : packet.payload()) octets.insert(octets.end(), slice.begin(), slice.end());
    packets.push_back(std::move(octets));
  }
  return packets;
}

}  // namespace handwave::test
