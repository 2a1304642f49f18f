#include "tun/packet_views.hpp"

#include <algorithm>
#include <optional>

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave {
namespace {

constexpr std::uint8_t protocol_udp = 17;
constexpr std::size_t udp_header_size = 8;
constexpr std::uint16_t udp_checksum_offset = 6;

/// Where the transport header of an unfragmented packet is, and what its checksum covers besides.
struct Transport {
  std::uint8_t protocol = 0;
  std::size_t offset = 0;
  IpAddress source;
  IpAddress destination;
};

std::optional<Transport> find_transport(Bytes packet) {
  if (const auto v4 = wire::parse_ipv4(packet)) {
    if (v4->is_fragment() || v4->total_length != packet.size()) return std::nullopt;
    return Transport{v4->protocol, v4->header_size, v4->source, v4->destination};
  }
  if (const auto v6 = wire::parse_ipv6(packet)) {
    if (wire::ipv6_header_size + v6->payload_length != packet.size()) return std::nullopt;
    const wire::Ipv6Payload payload = wire::walk_extension_headers(packet);
    if (payload.problem != wire::Ipv6Payload::Problem::none || payload.fragment) return std::nullopt;
    return Transport{payload.protocol, payload.offset, v6->source, v6->destination};
  }
  return std::nullopt;
}

/// Octets of the transport header; nothing if it is not one with a checksum of the device's concern, or cut short.
std::optional<std::size_t> transport_header_size(std::uint8_t protocol, Bytes segment) {
  if (protocol == wire::protocol_tcp) {
    if (const auto tcp = wire::parse_tcp(segment)) return tcp->header_size;
  } else if (protocol == protocol_udp && segment.size() >= udp_header_size) {
    return udp_header_size;
  }
  return std::nullopt;
}

}  // namespace

void view_finished(Bytes packet, OutgoingPacket& to) {
  to.clear();
  const Bytes header = packet.first(std::min(packet.size(), OutgoingPacket::max_header_size));
  std::ranges::copy(header, to.resize_header(header.size()).begin());
  to.add_payload(packet.subspan(header.size()));
}

void view_incoming(const IncomingPacket& packet, OutgoingPacket& to) {
  const Bytes bytes = packet.bytes.bytes();
  view_finished(bytes, to);
  if (!packet.checksum_verified) return;
  const std::optional<Transport> transport = find_transport(bytes);
  if (!transport) return;
  const Bytes segment = bytes.subspan(transport->offset);
  const std::optional<std::size_t> header_size = transport_header_size(transport->protocol, segment);
  if (!header_size || transport->offset + *header_size > OutgoingPacket::max_header_size) return;

  const Bytes header = bytes.first(transport->offset + *header_size);
  to.clear();
  std::ranges::copy(header, to.resize_header(header.size()).begin());
  to.add_payload(bytes.subspan(header.size()));
  to.checksum_partial = true;
  to.checksum_start = static_cast<std::uint16_t>(transport->offset);
  to.checksum_offset =
      transport->protocol == wire::protocol_tcp ? std::uint16_t{wire::tcp_checksum_offset} : udp_checksum_offset;
  store_be16(to.header().data() + to.checksum_start + to.checksum_offset,
             wire::pseudo_header_sum(transport->source, transport->destination, transport->protocol,
                                     static_cast<std::uint32_t>(segment.size())));
  // 65535: what wire::Segmentation takes. A device makes no larger super-segments unless told to.
  if (transport->protocol == wire::protocol_tcp && bytes.size() <= 65535) to.segment_size = packet.segment_size;
}

}  // namespace handwave
