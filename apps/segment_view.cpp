#include "apps/segment_view.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stack/wire/ecn.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"

namespace handwave {
namespace {

struct Datagram {
  IpAddress source;
  IpAddress destination;
  std::size_t offset;  ///< of the TCP header
  std::size_t end;     ///< of the packet by its own length field
};

std::optional<Datagram> view_ipv4(Bytes packet) {
  const auto header = wire::parse_ipv4(packet);
  if (!header || header->protocol != wire::protocol_tcp || header->is_fragment()) return std::nullopt;
  return Datagram{header->source, header->destination, header->header_size, header->total_length};
}

std::optional<Datagram> view_ipv6(Bytes packet) {
  const auto header = wire::parse_ipv6(packet);
  if (!header) return std::nullopt;
  const wire::Ipv6Payload payload = wire::walk_extension_headers(packet);
  if (payload.problem != wire::Ipv6Payload::Problem::none || payload.fragment) return std::nullopt;
  if (payload.protocol != wire::protocol_tcp) return std::nullopt;
  return Datagram{header->source, header->destination, payload.offset, wire::ipv6_header_size + header->payload_length};
}

/// The segment in `packet`, where `segment_size` says how a super-segment is cut.
std::optional<SegmentView> view(const Slice& whole, std::size_t segment_size) {
  const Bytes packet = whole.bytes();
  if (packet.empty()) return std::nullopt;
  const auto datagram = packet[0] >> 4 == 4 ? view_ipv4(packet) : view_ipv6(packet);
  if (!datagram || datagram->offset > datagram->end) return std::nullopt;
  const Bytes segment = packet.first(datagram->end).subspan(datagram->offset);
  const auto tcp = wire::parse_tcp(segment);
  if (!tcp) return std::nullopt;

  SegmentView seen;
  seen.header = tcp->header;
  seen.sockets = {{datagram->source, tcp->header.source_port}, {datagram->destination, tcp->header.destination_port}};
  seen.congestion_experienced = wire::ecn_field_of(packet) == wire::EcnField::ce;
  seen.length = segment.size() - tcp->header_size;
  seen.segment_size = segment_size < seen.length ? segment_size : 0;
  seen.text = whole.subslice(datagram->offset + tcp->header_size, seen.length);
  seen.first_line = http_first_line(as_text(seen.text.bytes()));
  return seen;
}

bool begins_http(std::string_view text) {
  constexpr std::array<std::string_view, 7> beginnings = {"HTTP/1.",  "GET ",    "HEAD ", "POST ",
                                                          "OPTIONS ", "DELETE ", "PUT "};
  return std::ranges::any_of(beginnings, [text](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string http_first_line(std::string_view text) {
  if (!begins_http(text)) return {};
  std::string line{text.substr(0, text.find_first_of("\r\n"))};
  std::ranges::replace_if(line, [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

std::optional<SegmentView> view_segment(const IncomingPacket& packet) {
  return view(packet.bytes, packet.segment_size);
}

std::optional<SegmentView> view_segment(const OutgoingPacket& packet) {
  const Block whole = Block::allocate(packet.size());  // only an onlooker pays for this copy
  std::uint8_t* end = std::ranges::copy(packet.header(), whole.data()).out;
  for (const Bytes slice : packet.payload()) end = std::ranges::copy(slice, end).out;
  return view(Slice{whole, 0, packet.size()}, packet.segment_size);
}

}  // namespace handwave
