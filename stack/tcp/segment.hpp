// Segments as TCP sees them, arriving and leaving: RFC 9293 §3.3.1, "current segment variables".
#pragma once

#include <cstdint>

#include "stack/address.hpp"
#include "stack/indirect.hpp"
#include "stack/slice.hpp"
#include "stack/source_route.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::tcp {

/// A segment that has arrived: its checksum was right, and its text shares the packet's block.
struct Segment {
  FourTuple sockets;  ///< local is the destination
  Seq seq;            ///< SEG.SEQ
  Seq ack;            ///< SEG.ACK
  wire::TcpFlags flags;
  std::uint16_t wnd = 0;  ///< SEG.WND as it stands in the header, not scaled
  std::uint16_t up = 0;   ///< SEG.UP
  wire::TcpOptions options;
  Slice text;
  std::uint32_t segment_size = 0;       ///< octets of text a segment if the device joined several of them; else 0
  bool congestion_experienced = false;  ///< a router has marked its packet (RFC 3168 §5)
  Indirect<SourceRoute> return_route;   ///< the way back, if the packet came by a source route

  /// SEG.LEN: octets of sequence space, SYN and FIN counted.
  [[nodiscard]] std::uint32_t len() const {
    return static_cast<std::uint32_t>(text.size()) + (flags.syn ? 1 : 0) + (flags.fin ? 1 : 0);
  }
};

/// Table 6 of §3.10.7.4. RCV.WND = 0 is left to the caller but for the segment without length.
inline bool acceptable(const Segment& seg, Seq rcv_nxt, std::uint32_t rcv_wnd) {
  const std::uint32_t len = seg.flags.rst ? 0 : seg.len();  // U-2: a RST is judged by its sequence number alone
  if (len == 0) return rcv_wnd == 0 ? seg.seq == rcv_nxt : in_window(seg.seq, rcv_nxt, rcv_wnd);
  return in_window(seg.seq, rcv_nxt, rcv_wnd) || in_window(seg.seq + (len - 1), rcv_nxt, rcv_wnd);
}

/// A segment that is leaving; its text travels beside it, in an OutgoingPacket.
struct OutgoingSegment {
  FourTuple sockets;
  wire::TcpHeader header;
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  bool ecn_capable = false;        ///< its packet may be marked instead of dropped (RFC 3168 §5)
  std::uint16_t segment_size = 0;  ///< octets of text a segment if this is a super-segment of several; else 0
  bool whole = false;              ///< a probe of the path's MTU: not to be fragmented (RFC 8899 §3 (2))
  Indirect<SourceRoute> route;     ///< by which it goes, if not straight
};

}  // namespace handwave::tcp
