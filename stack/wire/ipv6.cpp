// Reading and writing the IPv6 header, and the way past its extension headers: RFC 8200 §3, §4.
//
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |Version| Traffic Class |           Flow Label                  |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |         Payload Length        |  Next Header  |   Hop Limit   |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                 Source Address, 16 octets                     |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |               Destination Address, 16 octets                  |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
#include "stack/wire/ipv6.hpp"

#include "stack/expects.hpp"

namespace handwave::wire {
namespace {

// Next Header values of extension headers, §4.1.
constexpr std::uint8_t hop_by_hop_options = 0;
constexpr std::uint8_t routing_header = 43;
constexpr std::uint8_t fragment_header = 44;
constexpr std::uint8_t no_next_header = 59;
constexpr std::uint8_t destination_options = 60;

constexpr std::uint8_t pad1 = 0;  ///< §4.2: the one option without a length
constexpr std::size_t next_header_at = 6;

using Problem = Ipv6Payload::Problem;

/// Goes from header to header. `result_` always says where the next one begins and what it is.
class Walk {
 public:
  explicit Walk(Bytes packet) : packet_(packet) {
    result_.protocol = packet[next_header_at];
    result_.problem_pointer = next_header_at;
  }

  Ipv6Payload run() {
    for (std::size_t steps = 0; result_.problem == Problem::none && !result_.fragment; ++steps) {
      const std::uint8_t header = result_.protocol;
      if (!is_extension_header(header)) return result_;
      if (header == no_next_header) return stopped(Problem::no_next_header, result_.problem_pointer);
      // §4: a hop-by-hop header anywhere but first is as good as an unknown one.
      if (header == hop_by_hop_options && steps != 0) {
        return stopped(Problem::unrecognized_header, result_.problem_pointer);
      }
      if (steps == max_extension_headers) return stopped(Problem::drop_silently, result_.problem_pointer);
      step_over(header);
    }
    return result_;
  }

 private:
  static bool is_extension_header(std::uint8_t header) {
    return header == hop_by_hop_options || header == routing_header || header == fragment_header ||
           header == no_next_header || header == destination_options;
  }

  Ipv6Payload& stopped(Problem problem, std::size_t pointer) {
    result_.problem = problem;
    result_.problem_pointer = static_cast<std::uint32_t>(pointer);
    return result_;
  }

  void step_over(std::uint8_t header) {
    // Every one of them begins with the next header and, but for fragments, its length beyond its first 8 octets.
    if (packet_.size() - result_.offset < 8) return void(stopped(Problem::truncated, result_.offset));
    const std::size_t size = header == fragment_header ? ipv6_fragment_header_size : 8 * (at(1) + std::size_t{1});
    if (packet_.size() - result_.offset < size) return void(stopped(Problem::truncated, result_.offset));
    if (header == fragment_header) read_fragment();
    if (header == hop_by_hop_options || header == destination_options) check_options(size);
    if (header == routing_header) check_routing();
    if (result_.problem != Problem::none) return;
    result_.extension_headers = true;
    result_.protocol = at(0);
    result_.problem_pointer = result_.offset;
    result_.offset += static_cast<std::uint32_t>(size);
  }

  /// §4.5. RFC 6946 §4: a packet that is a single fragment is whole, and goes on alone whatever others there are.
  void read_fragment() {
    const std::uint16_t offset_and_flags = load_be16(packet_.data() + result_.offset + 2);
    const Ipv6Fragment fragment{.next_header = at(0),
                                .offset = static_cast<std::uint16_t>(offset_and_flags & 0xfff8),
                                .more_fragments = (offset_and_flags & 1) != 0,
                                .identification = load_be32(packet_.data() + result_.offset + 4)};
    if (fragment.offset == 0 && !fragment.more_fragments) return;
    result_.fragment = fragment;
    result_.fragment_previous_next_header = result_.problem_pointer;
  }

  /// §4.4: with no segments left the header is of no concern any more; else its type must be known, and we know none
  /// (type 0 least of all: RFC 5095 §3).
  void check_routing() {
    constexpr std::size_t routing_type_at = 2;
    if (at(3) != 0) stopped(Problem::unrecognized_routing_type, result_.offset + routing_type_at);
  }

  /// §4.2: the options of a hop-by-hop or destination options header. We know none but padding.
  void check_options(std::size_t size) {
    for (std::size_t i = 2; i < size;) {
      const std::uint8_t type = at(i);
      if (type == pad1) {
        ++i;
        continue;
      }
      if (size - i < 2 || size - i - 2 < at(i + 1)) return void(stopped(Problem::truncated, result_.offset + i));
      if (!may_be_skipped(type, result_.offset + i)) return;
      i += 2 + std::size_t{at(i + 1)};
    }
  }

  /// §4.2: the two high bits say what to do about an option that is not known. PadN has none of them set.
  bool may_be_skipped(std::uint8_t type, std::size_t pointer) {
    switch (type >> 6) {
      case 0b00:
        return true;
      case 0b01:
        stopped(Problem::drop_silently, pointer);
        return false;
      default:
        stopped(Problem::unrecognized_option, pointer);
        result_.answer_even_to_multicast = type >> 6 == 0b10;
        return false;
    }
  }

  /// The octet `index` of the header that is looked at.
  [[nodiscard]] std::uint8_t at(std::size_t index) const { return packet_[result_.offset + index]; }

  Bytes packet_;
  Ipv6Payload result_;
};

}  // namespace

std::optional<Ipv6Header> parse_ipv6(Bytes packet) {
  if (packet.size() < ipv6_header_size || packet[0] >> 4 != 6) return std::nullopt;
  const std::uint8_t* const at = packet.data();
  const std::uint32_t first_word = load_be32(at);
  Ipv6Header header;
  header.traffic_class = static_cast<std::uint8_t>(first_word >> 20);
  header.flow_label = first_word & 0xfffff;
  header.payload_length = load_be16(at + 4);
  header.next_header = at[next_header_at];
  header.hop_limit = at[7];
  if (header.payload_length > packet.size() - ipv6_header_size) return std::nullopt;
  header.source = IpAddress::from_octets(packet.subspan(8, 16));
  header.destination = IpAddress::from_octets(packet.subspan(24, 16));
  return header;
}

Ipv6Payload walk_extension_headers(Bytes packet) {
  expects(packet.size() >= ipv6_header_size, "the fixed header was read before");
  return Walk(packet).run();
}

Ipv6UpperLayer find_upper_layer(Bytes packet) {
  expects(packet.size() >= ipv6_header_size, "the fixed header was read before");
  Ipv6UpperLayer found{.protocol = packet[next_header_at]};
  for (std::size_t steps = 0; steps <= max_extension_headers; ++steps) {
    const std::uint8_t header = found.protocol;
    const bool fragment = header == fragment_header;
    if (!fragment && header != hop_by_hop_options && header != routing_header && header != destination_options)
      return found;
    if (packet.size() - found.offset < ipv6_fragment_header_size) break;
    const Bytes extension = packet.subspan(found.offset);
    const std::size_t size = fragment ? ipv6_fragment_header_size : 8 * (extension[1] + std::size_t{1});
    found.protocol = extension[0];
    if (fragment && load_be16(&extension[2]) >= 8) break;  // a later one
    if (extension.size() < size) break;
    found.offset += size;
  }
  found.offset = packet.size();
  return found;
}

void write_ipv6(const Ipv6Header& header, MutableBytes to) {
  expects(to.size() >= ipv6_header_size, "there is room for an IPv6 header");
  expects(header.source.is_v6() && header.destination.is_v6(), "an IPv6 header has IPv6 addresses");
  expects(header.flow_label <= 0xfffff, "a flow label has 20 bits");
  std::uint8_t* const at = to.data();
  store_be32(at, 6U << 28 | std::uint32_t{header.traffic_class} << 20 | header.flow_label);
  store_be16(at + 4, header.payload_length);
  at[next_header_at] = header.next_header;
  at[7] = header.hop_limit;
  std::memcpy(at + 8, header.source.octets().data(), 16);
  std::memcpy(at + 24, header.destination.octets().data(), 16);
}

}  // namespace handwave::wire
