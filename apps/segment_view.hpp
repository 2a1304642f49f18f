// A TCP segment as an onlooker sees it: read from a whole IP packet, either way.
#pragma once

#include <optional>
#include <string>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/packet.hpp"
#include "stack/slice.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave {

/// What the ladder shows of one segment.
struct SegmentView {
  FourTuple sockets;  ///< local: the sender's, remote: the receiver's
  wire::TcpHeader header;
  bool congestion_experienced = false;  ///< a router has marked its packet (RFC 3168 §5)
  std::size_t length = 0;               ///< octets of text
  std::size_t segment_size = 0;         ///< octets of text a segment on the wire, if this is a super-segment; else 0
  Slice text;                           ///< those octets
  std::string first_line;               ///< of the text, if it begins like an HTTP message; else empty

  /// SEG.LEN of RFC 9293 §3.3.1: SYN and FIN count.
  [[nodiscard]] std::uint32_t sequence_length() const {
    return static_cast<std::uint32_t>(length) + (header.flags.syn ? 1 : 0) + (header.flags.fin ? 1 : 0);
  }
};

/// The segment in `packet`; nothing if it is no whole TCP segment.
std::optional<SegmentView> view_segment(const IncomingPacket& packet);
std::optional<SegmentView> view_segment(const OutgoingPacket& packet);

/// The first line of `text` if that begins an HTTP/1.x request or response, without what a terminal should not get.
std::string http_first_line(std::string_view text);

}  // namespace handwave
