#include "stack/tcp/receive_window.hpp"

#include <algorithm>

namespace handwave::tcp {

ReceiveWindow::ReceiveWindow(std::uint32_t buffer) { set_buffer(buffer); }

std::uint32_t ReceiveWindow::current(Seq rcv_nxt) const {
  const std::int32_t left = edge_ - rcv_nxt;
  return offered_ && left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

std::uint32_t ReceiveWindow::next_window(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss,
                                         unsigned scale) const {
  const std::uint32_t unit = std::uint32_t{1} << scale;
  const auto round_down = [unit](std::uint32_t octets) { return octets / unit * unit; };
  const std::uint32_t space = unread < buffer_ ? buffer_ - static_cast<std::uint32_t>(unread) : 0;
  const std::uint32_t open = current(rcv_nxt);

  std::uint32_t window = round_down(space);
  // MUST-39 (§3.8.6.2.2): the edge stays until RCV.BUFF - RCV.USER - RCV.WND >= min(Fr * RCV.BUFF, Eff.snd.MSS), and
  // SHLD-14 (§3.8.6): it never goes back. The field counts in units, so an edge between two of them is named by the one
  // ahead, if the buffer has room up to there (RFC 7323 Appendix F is about the other case).
  const std::uint32_t increment = std::min(buffer_ / 2, effective_mss);
  if (offered_ && (window <= open || space - open < increment)) {
    const std::uint32_t ahead = round_down(open + unit - 1);
    window = ahead <= space ? ahead : round_down(open);
  }
  return std::min(window, std::uint32_t{65535} << scale);
}

std::uint32_t ReceiveWindow::offer(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss, unsigned scale) {
  const std::uint32_t window = next_window(rcv_nxt, unread, effective_mss, scale);
  // RFC 7323 §2.4: remember the farthest edge; what the field rounded away stays promised.
  if (!offered_ || rcv_nxt + window > edge_) edge_ = rcv_nxt + window;
  offered_ = true;
  return window;
}

bool ReceiveWindow::would_grow(Seq rcv_nxt, std::size_t unread, std::uint32_t effective_mss, unsigned scale) const {
  const std::uint32_t open = current(rcv_nxt);
  const std::uint32_t window = next_window(rcv_nxt, unread, effective_mss, scale);
  if (window <= open) return false;
  return open == 0 || window - open >= std::min(buffer_ / 2, 2 * effective_mss);
}

}  // namespace handwave::tcp
