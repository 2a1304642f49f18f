// Random headers: see the header.
#include "tests/support/dice.hpp"

#include <algorithm>
#include <array>

namespace handwave::test {

std::uint32_t Dice::near_a_wrap() {
  constexpr std::array<std::uint32_t, 3> wraps = {0, 0x7fffffff, 0x80000000};
  if (one_in(2)) return any<std::uint32_t>();
  return wraps[between(0, wraps.size() - 1)] + static_cast<std::uint32_t>(between(0, 4)) - 2;
}

std::vector<std::uint8_t> Dice::octets(std::size_t size) {
  std::vector<std::uint8_t> result(size);
  std::generate(result.begin(), result.end(), [this] { return any<std::uint8_t>(); });
  return result;
}

IpAddress Dice::v4() { return IpAddress::from_octets(octets(4)); }

IpAddress Dice::v6() {
  std::vector<std::uint8_t> result = octets(16);
  for (std::size_t group = 0; group < 8; ++group) {
    if (one_in(2)) result[2 * group] = result[2 * group + 1] = 0;
  }
  return IpAddress::from_octets(result);
}

wire::TcpFlags Dice::flags() {
  return {.cwr = one_in(2),
          .ece = one_in(2),
          .urg = one_in(2),
          .ack = one_in(2),
          .psh = one_in(2),
          .rst = one_in(2),
          .syn = one_in(2),
          .fin = one_in(2)};
}

wire::TcpOptions Dice::options() {
  wire::TcpOptions options;
  if (one_in(2)) options.mss = any<std::uint16_t>();
  if (one_in(2)) options.window_scale = any<std::uint8_t>();
  options.sack_permitted = one_in(2);
  if (one_in(2)) options.timestamps = wire::Timestamps{any<std::uint32_t>(), any<std::uint32_t>()};
  const std::size_t room = wire::max_tcp_options_size - wire::tcp_options_size(options);
  const std::size_t fit = room < 4 ? 0 : (room - 4) / 8;
  const std::size_t count = between(0, std::min(options.sack_blocks.size(), fit));
  for (std::size_t i = 0; i < count; ++i) options.sack_blocks[i] = {Seq{near_a_wrap()}, Seq{near_a_wrap()}};
  options.sack_count = static_cast<std::uint8_t>(count);
  return options;
}

wire::TcpHeader Dice::tcp() {
  return {.source_port = any<std::uint16_t>(),
          .destination_port = any<std::uint16_t>(),
          .seq = Seq{near_a_wrap()},
          .ack = Seq{near_a_wrap()},
          .flags = flags(),
          .wnd = any<std::uint16_t>(),
          .up = any<std::uint16_t>(),
          .options = options()};
}

wire::Ipv4Header Dice::ipv4() {
  wire::Ipv4Header header;
  header.traffic_class = any<std::uint8_t>();
  header.identification = any<std::uint16_t>();
  header.dont_fragment = one_in(2);
  header.more_fragments = one_in(2);
  header.fragment_offset = static_cast<std::uint16_t>(8 * between(0, 0x1fff));
  header.ttl = any<std::uint8_t>();
  header.protocol = any<std::uint8_t>();
  header.source = v4();
  header.destination = v4();
  return header;
}

wire::Ipv6Header Dice::ipv6() {
  wire::Ipv6Header header;
  header.traffic_class = any<std::uint8_t>();
  header.flow_label = any<std::uint32_t>() & 0xfffff;
  header.next_header = any<std::uint8_t>();
  header.hop_limit = any<std::uint8_t>();
  header.source = v6();
  header.destination = v6();
  return header;
}

}  // namespace handwave::test
