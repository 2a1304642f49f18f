// Any octets through every parser of stack/wire and of addresses. Invariants:
//  - no parser reads outside of what it is given (the sanitizers watch), throws or expects anything of it;
//  - what a parser says lies inside of what it was given: sizes, offsets, pointers;
//  - parse, write, parse is the identity on values, for all that we can write: IPv4 options are not kept, and TCP
//    options lose what was illegal and the SACK blocks that fit only when packed closer than we pack;
//  - a header that we wrote has a right checksum;
//  - the checksum of octets does not depend on where they are cut, nor on their alignment;
//  - cutting a super-segment keeps every octet of its text, and every piece is well formed with a right checksum;
//  - an address that was read is written as text that reads the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stack/address.hpp"
#include "stack/expects.hpp"
#include "stack/packet.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/icmp.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/segmentation.hpp"
#include "stack/wire/source_route.hpp"
#include "stack/wire/tcp.hpp"

namespace {

using namespace handwave;
using namespace handwave::wire;
using Octets = std::vector<std::uint8_t>;

void try_ipv4(Bytes packet) {
  const auto parsed = parse_ipv4(packet);
  if (!parsed) return;
  expects(parsed->header_size >= ipv4_header_size && parsed->header_size <= parsed->total_length, "header in packet");
  expects(parsed->total_length <= packet.size(), "packet in what was given");
  static_cast<void>(ipv4_checksum_right(packet, parsed->header_size));
  Octets again(packet.size());
  write_ipv4(*parsed, again);
  expects(ipv4_checksum_right(again, ipv4_header_size), "what was written has a right checksum");
  Ipv4Header without_options = *parsed;
  without_options.header_size = ipv4_header_size;
  expects(parse_ipv4(again) == without_options, "IPv4: parse, write, parse");
}

/// Takes the octets as the options of an IPv4 header.
void try_source_route(Bytes options) {
  options = options.first(std::min(options.size(), max_ipv4_options_size));
  const auto found = find_source_route(options);
  if (!found) return;
  expects(found->visited <= found->addresses.size() && found->addresses.size() % 4 == 0, "a pointer into the route");
  if (!found->completed()) static_cast<void>(found->destination());
  const IpAddress source = IpAddress::v4(192, 0, 2, 1);
  const SourceRoute back = return_route(*found, source);
  if (back.gateways.empty()) return;
  const SourceRouteOptions written(back, source);
  expects(written.octets().size() == back.option_size(), "a route is as long as it says");
  const auto again = find_source_route(written.octets());
  expects(again && !again->completed() && again->destination() == source, "a way back leads back");
}

void try_ipv6(Bytes packet) {
  const auto parsed = parse_ipv6(packet);
  if (!parsed) return;
  expects(parsed->payload_length <= packet.size() - ipv6_header_size, "payload in packet");
  Octets again(packet.size());
  write_ipv6(*parsed, again);
  expects(parse_ipv6(again) == parsed, "IPv6: parse, write, parse");
  const Bytes trimmed = packet.first(ipv6_header_size + parsed->payload_length);
  const Ipv6Payload payload = walk_extension_headers(trimmed);
  expects(payload.offset >= ipv6_header_size && payload.offset <= trimmed.size(), "payload in packet");
  expects(payload.problem_pointer <= trimmed.size(), "pointer in packet");
  expects(payload.extension_headers == (payload.offset != ipv6_header_size), "something was stepped over");
  if (payload.problem == Ipv6Payload::Problem::none) {
    expects(trimmed[payload.problem_pointer] == payload.protocol, "the pointer names the protocol");
  }
  if (payload.fragment) expects(trimmed[payload.fragment_previous_next_header] == 44, "a fragment header was named");
}

void try_icmp(Bytes message) {
  const auto parsed = parse_icmp(message);
  if (!parsed) return;
  Octets again(message.size());
  write_icmp(*parsed, again);
  expects(parse_icmp(again) == parsed, "ICMP: parse, write, parse");
}

/// The options as they are once they were written.
TcpOptions writable(TcpOptions options) {
  options.illegal_length = false;
  const std::size_t with = tcp_options_size(options);
  TcpOptions none = options;
  none.sack_count = 0;
  const std::size_t without = tcp_options_size(none);
  options.sack_count = static_cast<std::uint8_t>(with == without ? 0 : (with - without - 4) / 8);
  std::fill(options.sack_blocks.begin() + options.sack_count, options.sack_blocks.end(), SackBlock{});
  return options;
}

Octets written(const TcpHeader& header) {
  Octets octets(tcp_size(header));
  write_tcp(header, octets);
  return octets;
}

void try_tcp(Bytes segment) {
  const auto parsed = parse_tcp(segment);
  if (!parsed) return;
  expects(parsed->header_size >= tcp_header_size && parsed->header_size <= segment.size(), "header in segment");
  expects(parsed->header.options.sack_count <= parsed->header.options.sack_blocks.size(), "no more than there is room");
  const Octets again = written(parsed->header);
  const auto second = parse_tcp(again);
  expects(second && second->header_size == again.size(), "what was written is read whole");
  TcpHeader expected = parsed->header;
  expected.options = writable(expected.options);
  expects(second->header == expected, "TCP: parse, write, parse");
}

void try_checksum(Bytes octets) {
  const std::uint16_t sum = ones_complement_sum(octets);
  const std::size_t cut = octets.empty() ? 0 : octets[0] % (octets.size() + 1);
  ChecksumAccumulator accumulator;
  accumulator.add(octets.first(cut));
  accumulator.add(octets.subspan(cut));
  expects(accumulator.sum() == sum, "the sum does not depend on cuts");
  Octets shifted(octets.size() + 1);
  std::copy(octets.begin(), octets.end(), shifted.begin() + 1);
  expects(ones_complement_sum(Bytes(shifted).subspan(1)) == sum, "the sum does not depend on alignment");
}

/// Takes the octets as a TCP header with its text and cuts them, over IPv4.
void try_segmentation(Bytes segment) {
  const auto parsed = parse_tcp(segment);
  if (!parsed || segment.size() > 60000) return;
  const Bytes text = segment.subspan(parsed->header_size);
  const Octets tcp = written(parsed->header);
  Ipv4Header ip;
  ip.protocol = protocol_tcp;
  ip.total_length = static_cast<std::uint16_t>(ipv4_header_size + tcp.size() + text.size());
  OutgoingPacket packet;
  const MutableBytes header = packet.resize_header(ipv4_header_size + tcp.size());
  write_ipv4(ip, header);
  std::copy(tcp.begin(), tcp.end(), header.begin() + ipv4_header_size);
  store_be16(
      header.data() + ipv4_header_size + tcp_checksum_offset,
      pseudo_header_sum(ip.source, ip.destination, protocol_tcp, static_cast<std::uint32_t>(tcp.size() + text.size())));
  packet.add_payload(text.first(text.size() / 3));
  packet.add_payload(text.subspan(text.size() / 3));
  packet.checksum_partial = true;
  packet.checksum_start = ipv4_header_size;
  packet.checksum_offset = tcp_checksum_offset;
  packet.segment_size = static_cast<std::uint16_t>(1 + parsed->header.wnd % 100);

  Segmentation segmentation(packet);
  std::size_t seen = 0;
  for (Octets piece; segmentation.next(piece);) {
    const auto piece_ip = parse_ipv4(piece);
    expects(piece_ip && piece_ip->total_length == piece.size(), "a piece has its own length");
    expects(ipv4_checksum_right(piece, ipv4_header_size), "a piece has a right IPv4 checksum");
    const Bytes bytes = Bytes(piece).subspan(ipv4_header_size);
    expects(ones_complement_sum(bytes, pseudo_header_sum(ip.source, ip.destination, protocol_tcp,
                                                         static_cast<std::uint32_t>(bytes.size()))) == 0xffff,
            "a piece has a right TCP checksum");
    const auto piece_tcp = parse_tcp(bytes);
    expects(piece_tcp.has_value(), "a piece has a whole TCP header");
    expects(piece_tcp->header.seq == parsed->header.seq + static_cast<std::uint32_t>(seen), "a piece has its place");
    const Bytes piece_text = bytes.subspan(piece_tcp->header_size);
    expects(seen + piece_text.size() <= text.size() &&
                std::equal(piece_text.begin(), piece_text.end(), text.begin() + static_cast<std::ptrdiff_t>(seen)),
            "a piece has the text of its place");
    seen += piece_text.size();
  }
  expects(seen == text.size(), "the pieces are the whole");
}

void try_addresses(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) {
    expects(IpAddress::parse(address->to_string()) == address, "address: parse, write, parse");
  }
  if (const auto prefix = AddressPrefix::parse(text)) {
    expects(AddressPrefix::parse(prefix->to_string()) == prefix, "prefix: parse, write, parse");
    expects(prefix->contains(prefix->address), "a network contains its address");
    if (const auto broadcast = prefix->broadcast()) expects(prefix->contains(*broadcast), "and its broadcast address");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first octet chooses, so that the fuzzer's corpus is sorted by parser.
  const Bytes input(data + 1, size - 1);
  switch (data[0] % 7) {
    case 0:
      try_ipv4(input);
      try_source_route(input);
      break;
    case 1:
      try_ipv6(input);
      break;
    case 2:
      try_icmp(input);
      break;
    case 3:
      try_tcp(input);
      break;
    case 4:
      try_checksum(input);
      break;
    case 5:
      try_segmentation(input);
      break;
    default:
      try_addresses(as_text(input));
  }
  return 0;
}
