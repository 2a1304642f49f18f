// Reading and writing the TCP header: RFC 9293 §3.1.
#include "stack/wire/tcp.hpp"

#include "stack/expects.hpp"

namespace handwave::wire {
namespace {

// Where the fields stand, in octets.
constexpr std::size_t source_port_at = 0;
constexpr std::size_t destination_port_at = 2;
constexpr std::size_t sequence_at = 4;
constexpr std::size_t acknowledgment_at = 8;
constexpr std::size_t data_offset_at = 12;
constexpr std::size_t flags_at = 13;
constexpr std::size_t window_at = 14;
constexpr std::size_t urgent_pointer_at = 18;

TcpFlags flags_from(std::uint8_t octet) {
  return {.cwr = (octet & 0x80) != 0,
          .ece = (octet & 0x40) != 0,
          .urg = (octet & 0x20) != 0,
          .ack = (octet & 0x10) != 0,
          .psh = (octet & 0x08) != 0,
          .rst = (octet & 0x04) != 0,
          .syn = (octet & 0x02) != 0,
          .fin = (octet & 0x01) != 0};
}

std::uint8_t octet_of(const TcpFlags& flags) {
  return static_cast<std::uint8_t>(flags.cwr << 7 | flags.ece << 6 | flags.urg << 5 | flags.ack << 4 | flags.psh << 3 |
                                   flags.rst << 2 | flags.syn << 1 | int{flags.fin});
}

}  // namespace

std::optional<ParsedTcp> parse_tcp(Bytes segment) {
  if (segment.size() < tcp_header_size) return std::nullopt;
  const std::uint8_t* const at = segment.data();
  const std::size_t size = std::size_t{4} * (at[data_offset_at] >> 4);
  if (size < tcp_header_size || size > segment.size()) return std::nullopt;

  ParsedTcp parsed;
  parsed.header_size = size;
  TcpHeader& header = parsed.header;
  header.source_port = load_be16(at + source_port_at);
  header.destination_port = load_be16(at + destination_port_at);
  header.seq = Seq{load_be32(at + sequence_at)};
  header.ack = Seq{load_be32(at + acknowledgment_at)};
  header.flags = flags_from(at[flags_at]);
  header.wnd = load_be16(at + window_at);
  header.up = load_be16(at + urgent_pointer_at);
  // MUST-5 (§3.1): on any segment, not only on a SYN.
  if (size > tcp_header_size) header.options = parse_tcp_options(segment.first(size).subspan(tcp_header_size));
  return parsed;
}

std::size_t tcp_size(const TcpHeader& header) { return tcp_header_size + tcp_options_size(header.options); }

void write_tcp(const TcpHeader& header, MutableBytes to) {
  expects(to.size() == tcp_size(header), "a TCP header is written where it just fits");
  std::uint8_t* const at = to.data();
  store_be16(at + source_port_at, header.source_port);
  store_be16(at + destination_port_at, header.destination_port);
  store_be32(at + sequence_at, header.seq.value());
  store_be32(at + acknowledgment_at, header.ack.value());
  at[data_offset_at] = static_cast<std::uint8_t>(to.size() / 4 << 4);
  at[flags_at] = octet_of(header.flags);
  store_be16(at + window_at, header.wnd);
  store_be16(at + tcp_checksum_offset, 0);
  store_be16(at + urgent_pointer_at, header.up);
  write_tcp_options(header.options, to.subspan(tcp_header_size));
}

}  // namespace handwave::wire
