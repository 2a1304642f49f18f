// The window we offer: RFC 9293 §3.8.6, §3.8.6.2.2 (receiver's silly window avoidance); scaled: RFC 7323 §2.3, §2.4.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/wire/seq.hpp"

namespace handwave::tcp {

//                |<------- RCV.BUFF ---------------->|
//                     1             2            3
//            ----|---------|------------------|------|----
//                       RCV.NXT               ^
//                                          (Fixed)
//
//            1 - RCV.USER =  data received but not yet consumed;
//            2 - RCV.WND =   space advertised to sender;
//            3 - Reduction = space available but not yet
//                            advertised.
/// Remembers the right edge of the window as the peer computes it from the segments sent, and decides when to move it.
/// `scale` is Rcv.Wind.Shift for the segment at hand: 0 on a SYN, and where scaling was not agreed.
class ReceiveWindow {
 public:
  /// The most that the field can offer with the largest scale (RFC 7323 §2.3).
  static constexpr std::uint32_t max_buffer = std::uint32_t{65535} << 14;

  ReceiveWindow() = default;
  /// For a buffer (RCV.BUFF) of so many octets.
  explicit ReceiveWindow(std::uint32_t buffer);
  [[nodiscard]] std::uint32_t buffer() const { return buffer_; }
  void set_buffer(std::uint32_t buffer) { buffer_ = buffer < max_buffer ? buffer : max_buffer; }

  /// RCV.WND on the SYN of an active OPEN, which knows no RCV.NXT yet; it is not remembered.
  [[nodiscard]] std::uint32_t on_first_syn() const { return buffer_ < 65535 ? buffer_ : 65535; }
  /// RCV.WND for a segment sent now, in octets: a multiple of 2^scale for the field to carry, at most 65535 of them.
  /// `unread` is RCV.USER. Call it only for segments that are sent: the peer will hold us to it.
  std::uint32_t offer(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss, unsigned scale);
  /// What the peer may still send: up to the farthest right edge ever offered.
  [[nodiscard]] std::uint32_t current(Seq rcv_nxt) const;
  /// True if an offer would be worth a segment of its own: two segments more, or half of the buffer, or any at all
  /// where there was none.
  [[nodiscard]] bool would_grow(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss, unsigned scale) const;

 private:
  [[nodiscard]] std::uint32_t next_window(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss,
                                          unsigned scale) const;

  std::uint32_t buffer_ = 0;
  Seq edge_;              ///< the right edge: one past the last octet that the peer was ever allowed to send
  bool offered_ = false;  ///< edge_ means something
};

}  // namespace handwave::tcp
