#include "tests/model/segment.hpp"

namespace handwave::model {
namespace {

std::uint32_t big_endian(std::span<const std::uint8_t> octets) {
  std::uint32_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

/// RFC 9293 §3.2: kind, length, data. MUST-6: unknown kinds are skipped; MUST-7: behind an illegal length nothing is
/// read. Of an option that comes twice, the last counts.
void read_options(Segment& seg, std::span<const std::uint8_t> options) {
  while (!options.empty() && options[0] != 0) {
    if (options[0] == 1) {  // no operation
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) return;
    const auto option = options.first(options[1]);
    if (option[0] == 3 && option.size() == 3) seg.window_scale = option[2];
    if (option[0] == 8 && option.size() == 10)
      seg.timestamps = {.value = big_endian(option.subspan(2, 4)), .echo_reply = big_endian(option.subspan(6, 4))};
    options = options.subspan(option.size());
  }
}

}  // namespace

Segment parse(std::span<const std::uint8_t> octets) {
  const std::size_t header = std::size_t{4} * (octets[12] >> 4);
  const std::uint8_t flags = octets[13];
  Segment seg;
  seg.seq = big_endian(octets.subspan(4, 4));
  seg.ack = big_endian(octets.subspan(8, 4));
  seg.wnd = big_endian(octets.subspan(14, 2));
  seg.text = static_cast<std::uint32_t>(octets.size() - header);
  seg.fin = (flags & 0x01) != 0;
  seg.syn = (flags & 0x02) != 0;
  seg.rst = (flags & 0x04) != 0;
  seg.has_ack = (flags & 0x10) != 0;
  seg.urg = (flags & 0x20) != 0;
  read_options(seg, octets.subspan(20, header - 20));
  return seg;
}

}  // namespace handwave::model
