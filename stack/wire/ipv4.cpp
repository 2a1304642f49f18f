// Reading and writing the IPv4 header: RFC 791 §3.1.
//
//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |Version|  IHL  |Type of Service|          Total Length         |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |         Identification        |Flags|      Fragment Offset    |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |  Time to Live |    Protocol   |         Header Checksum       |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                       Source Address                          |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                    Destination Address                        |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                    Options                    |    Padding    |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
#include "stack/wire/ipv4.hpp"

#include <algorithm>

#include "stack/expects.hpp"
#include "stack/wire/checksum.hpp"

namespace handwave::wire {
namespace {

constexpr std::uint16_t dont_fragment_bit = 0x4000;
constexpr std::uint16_t more_fragments_bit = 0x2000;
constexpr std::uint16_t fragment_offset_mask = 0x1fff;  ///< in units of 8 octets
constexpr std::size_t checksum_at = 10;

}  // namespace

std::optional<Ipv4Header> parse_ipv4(Bytes packet) {
  if (packet.size() < ipv4_header_size || packet[0] >> 4 != 4) return std::nullopt;
  const std::uint8_t* const at = packet.data();
  Ipv4Header header;
  header.header_size = static_cast<std::uint8_t>(4 * (at[0] & 0x0f));
  header.total_length = load_be16(at + 2);
  if (header.header_size < ipv4_header_size || header.total_length < header.header_size ||
      header.total_length > packet.size()) {
    return std::nullopt;
  }
  const std::uint16_t flags_and_offset = load_be16(at + 6);
  header.traffic_class = at[1];
  header.identification = load_be16(at + 4);
  header.dont_fragment = (flags_and_offset & dont_fragment_bit) != 0;
  header.more_fragments = (flags_and_offset & more_fragments_bit) != 0;
  header.fragment_offset = static_cast<std::uint16_t>(8 * (flags_and_offset & fragment_offset_mask));
  header.ttl = at[8];
  header.protocol = at[9];
  header.source = IpAddress::from_octets(packet.subspan(12, 4));
  header.destination = IpAddress::from_octets(packet.subspan(16, 4));
  return header;
}

bool ipv4_checksum_right(Bytes packet, std::size_t header_size) {
  expects(packet.size() >= header_size, "the header is in the packet");
  return ones_complement_sum(packet.first(header_size)) == 0xffff;
}

void write_ipv4(const Ipv4Header& header, MutableBytes to, Bytes options) {
  const std::size_t header_size = ipv4_header_size + options.size();
  expects(header_size % 4 == 0 && header_size <= 60 && to.size() >= header_size, "there is room for an IPv4 header");
  expects(header.source.is_v4() && header.destination.is_v4(), "an IPv4 header has IPv4 addresses");
  expects(header.fragment_offset % 8 == 0, "a fragment's offset is a multiple of 8");
  std::uint8_t* const at = to.data();
  at[0] = static_cast<std::uint8_t>(4 << 4 | header_size / 4);
  at[1] = header.traffic_class;
  store_be16(at + 2, header.total_length);
  store_be16(at + 4, header.identification);
  store_be16(at + 6,
             static_cast<std::uint16_t>((header.dont_fragment ? dont_fragment_bit : 0) |
                                        (header.more_fragments ? more_fragments_bit : 0) | header.fragment_offset / 8));
  at[8] = header.ttl;
  at[9] = header.protocol;
  store_be16(at + checksum_at, 0);
  std::memcpy(at + 12, header.source.octets().data(), 4);
  std::memcpy(at + 16, header.destination.octets().data(), 4);
  std::ranges::copy(options, at + ipv4_header_size);
  store_be16(at + checksum_at, static_cast<std::uint16_t>(~ones_complement_sum(to.first(header_size))));
}

}  // namespace handwave::wire
