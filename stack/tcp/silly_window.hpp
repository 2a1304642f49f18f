// When to send, and how much: RFC 9293 §3.8.6.2.1 (sender's silly window avoidance), §3.7.4 (Nagle).
#pragma once

#include <cstdint>

namespace handwave::tcp {

/// All that the decision depends on. Sizes are octets of text.
struct SenderView {
  std::uint32_t usable = 0;          ///< U: what the peer's window and the congestion window leave
  std::uint32_t queued = 0;          ///< D: queued and not yet sent
  std::uint32_t effective_mss = 0;   ///< Eff.snd.MSS, at least 1
  std::uint32_t largest_window = 0;  ///< Max(SND.WND)
  bool outstanding = false;          ///< SND.NXT > SND.UNA
  bool nagle = true;
  bool pushed = false;            ///< the queued data ends a SEND
  bool override_timeout = false;  ///< it has expired
  std::uint32_t limit = 0;        ///< the largest super-segment; less than Eff.snd.MSS counts as that
};

/// How many octets of text the next segment carries; 0 if it is better to wait. More than Eff.snd.MSS is a
/// super-segment that is cut later: whole segments, and a short one at its end only if that one may go now as well.
std::uint32_t octets_to_send(const SenderView& view);

}  // namespace handwave::tcp
