// The TCP header: RFC 9293 §3.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/bytes.hpp"
#include "stack/wire/seq.hpp"
#include "stack/wire/tcp_options.hpp"

namespace handwave::wire {

inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::size_t tcp_header_size = 20;      ///< without options
inline constexpr std::size_t tcp_checksum_offset = 16;  ///< of the checksum field in the header

/// The control bits, in the header's order.
struct TcpFlags {
  bool cwr = false;
  bool ece = false;
  bool urg = false;
  bool ack = false;
  bool psh = false;
  bool rst = false;
  bool syn = false;
  bool fin = false;
  friend bool operator==(const TcpFlags&, const TcpFlags&) = default;
};

//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |          Source Port          |       Destination Port        |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                        Sequence Number                        |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                    Acknowledgment Number                      |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  | Offset| Rsrvd |C|E|U|A|P|R|S|F|            Window             |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |           Checksum            |         Urgent Pointer        |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//  |                           [Options]                           |
//  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// A segment's header as a value, with the RFC's names (§3.3.1, "current segment variables"). Ports and checksum aside,
/// this is what the state machine sees.
struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Seq seq;  ///< SEG.SEQ
  Seq ack;  ///< SEG.ACK, meaningful if flags.ack
  TcpFlags flags;
  std::uint16_t wnd = 0;  ///< SEG.WND as it stands in the header, not scaled
  std::uint16_t up = 0;   ///< SEG.UP, meaningful if flags.urg
  TcpOptions options;

  friend bool operator==(const TcpHeader&, const TcpHeader&) = default;
};

/// A header that was read, and where the text begins.
struct ParsedTcp {
  TcpHeader header;
  std::size_t header_size = 0;  ///< octets, options included
};

/// Reads the header at the start of `segment`; nothing if it is cut short or the data offset is impossible. The
/// checksum is not looked at. The reserved bits are ignored, as the RFC asks.
std::optional<ParsedTcp> parse_tcp(Bytes segment);

/// Octets that `header` takes when written, options and padding included.
std::size_t tcp_size(const TcpHeader& header);

/// Writes `header` into `to`, which has `tcp_size(header)` octets, with a checksum field of zero.
void write_tcp(const TcpHeader& header, MutableBytes to);

}  // namespace handwave::wire
