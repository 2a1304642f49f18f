// The IP headers of what goes out: RFC 791 §3.1, RFC 6864, RFC 1191 §3, RFC 8200 §3, §4.5.
#include <algorithm>

#include "stack/ip/ip.hpp"
#include "stack/wire/source_route.hpp"

namespace handwave::ip {
namespace {

constexpr std::uint8_t reply_hop_limit = 64;  ///< RFC 1122 §3.2.1.7: large enough for the Internet, and not fixed lore
constexpr std::uint8_t fragment_header_protocol = 44;
constexpr std::size_t max_length = 65535;  ///< of either family's length field

/// RFC 8200 §4.5.
void write_fragment_header(MutableBytes to, std::uint8_t next_header, const ReplyPiece& piece,
                           std::uint32_t identification) {
  to[0] = next_header;
  to[1] = 0;
  store_be16(&to[2], static_cast<std::uint16_t>(piece.offset | (piece.more_follow ? 1 : 0)));
  store_be32(&to[4], identification);
}

wire::Ipv6Header header_v6(const Envelope& envelope, std::size_t payload_length) {
  expects(payload_length <= max_length, "a packet is no longer than its length field can tell");
  wire::Ipv6Header header;
  header.traffic_class = envelope.traffic_class;
  header.payload_length = static_cast<std::uint16_t>(payload_length);
  header.next_header = envelope.protocol;
  header.hop_limit = envelope.hop_limit;
  header.source = envelope.source;
  header.destination = envelope.destination;
  return header;
}

wire::Ipv4Header header_v4(const Envelope& envelope, std::size_t total_length) {
  expects(total_length <= max_length, "a packet is no longer than its length field can tell");
  wire::Ipv4Header header;
  header.traffic_class = envelope.traffic_class;
  header.total_length = static_cast<std::uint16_t>(total_length);
  header.ttl = envelope.hop_limit;
  header.protocol = envelope.protocol;
  header.source = envelope.source;
  header.destination = envelope.destination;
  return header;
}

}  // namespace

MutableBytes Ip::write_header(OutgoingPacket& packet, const Envelope& envelope, std::size_t transport_size) {
  if (envelope.source.is_v6()) {
    const MutableBytes header = packet.resize_header(wire::ipv6_header_size + transport_size);
    wire::write_ipv6(header_v6(envelope, transport_size + packet.payload_size()), header);
    return header.subspan(wire::ipv6_header_size);
  }
  if (envelope.route != nullptr) return write_routed_header(packet, envelope, transport_size);
  const MutableBytes header = packet.resize_header(wire::ipv4_header_size + transport_size);
  wire::write_ipv4(fields_of(packet, envelope), header);
  return header.subspan(wire::ipv4_header_size);
}

/// MUST-51, MUST-53 (§3.9.2.1): to the first gateway, with the rest of the way in an option.
MutableBytes Ip::write_routed_header(OutgoingPacket& packet, const Envelope& envelope, std::size_t transport_size) {
  const wire::SourceRouteOptions options(*envelope.route, envelope.destination);
  const std::size_t header_size = wire::ipv4_header_size + options.octets().size();
  const MutableBytes header = packet.resize_header(header_size + transport_size);
  wire::Ipv4Header fields = fields_of(packet, envelope);
  fields.destination = envelope.route->gateways.front();
  wire::write_ipv4(fields, header, options.octets());
  return header.subspan(header_size);
}

wire::Ipv4Header Ip::fields_of(const OutgoingPacket& packet, const Envelope& envelope) {
  wire::Ipv4Header fields = header_v4(envelope, packet.size());
  // RFC 1191 §3: path MTU discovery sets DF. RFC 6864 §4.1: such a datagram is atomic, and its identification is
  // nothing to anybody.
  fields.dont_fragment = envelope.whole || !path_mtus_.may_fragment(envelope.destination);
  fields.identification = fields.dont_fragment ? std::uint16_t{0} : identifications_.next16();
  return fields;
}

bool Ip::poll_transmit(OutgoingPacket& packet) {
  const Reply* reply = replies_.current();
  if (reply == nullptr) return false;
  const bool v6 = reply->source.is_v6();
  const std::size_t mtu = path_mtus_.of(reply->destination);
  const ReplyPiece piece = replies_.next_piece(mtu, v6 ? wire::ipv6_header_size : wire::ipv4_header_size,
                                               v6 ? wire::ipv6_fragment_header_size : 0);
  if (piece.offset == 0) reply_identification_ = v6 ? identifications_.next32() : identifications_.next16();

  packet.clear();
  // The ICMP header goes with the first piece: every piece but the last is a multiple of its 8 octets.
  const std::size_t header_part = piece.offset == 0 ? reply->header.size() : 0;
  const std::size_t body_offset = piece.offset == 0 ? 0 : piece.offset - reply->header.size();
  packet.add_payload(reply->body.bytes().subspan(body_offset, piece.size - header_part));
  const MutableBytes place = write_reply_header(packet, *reply, piece, header_part);
  std::ranges::copy(Bytes{reply->header}.first(header_part), place.begin());
  return true;
}

MutableBytes Ip::write_reply_header(OutgoingPacket& packet, const Reply& reply, const ReplyPiece& piece,
                                    std::size_t transport_size) const {
  const bool v6 = reply.source.is_v6();
  Envelope envelope{reply.source, reply.destination, v6 ? wire::protocol_icmpv6 : wire::protocol_icmp, reply_hop_limit,
                    reply.traffic_class};
  if (v6) {
    const std::size_t fragment_size = piece.is_whole ? 0 : wire::ipv6_fragment_header_size;
    if (!piece.is_whole) envelope.protocol = fragment_header_protocol;
    const std::size_t headers_size = wire::ipv6_header_size + fragment_size;
    const MutableBytes header = packet.resize_header(headers_size + transport_size);
    wire::write_ipv6(header_v6(envelope, packet.size() - wire::ipv6_header_size), header);
    if (!piece.is_whole) {
      write_fragment_header(header.subspan(wire::ipv6_header_size), wire::protocol_icmpv6, piece,
                            reply_identification_);
    }
    return header.subspan(headers_size);
  }
  const MutableBytes header = packet.resize_header(wire::ipv4_header_size + transport_size);
  wire::Ipv4Header fields = header_v4(envelope, packet.size());
  // No DF: nobody would hear that a reply was too big. So the identification counts (RFC 6864 §4.2).
  fields.identification = static_cast<std::uint16_t>(reply_identification_);
  fields.more_fragments = piece.more_follow;
  fields.fragment_offset = static_cast<std::uint16_t>(piece.offset);
  wire::write_ipv4(fields, header);
  return header.subspan(wire::ipv4_header_size);
}

}  // namespace handwave::ip
