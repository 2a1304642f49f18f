#include "stack/tcp/silly_window.hpp"

#include <algorithm>

#include "stack/expects.hpp"

namespace handwave::tcp {

std::uint32_t octets_to_send(const SenderView& view) {
  expects(view.effective_mss > 0, "a segment carries at least one octet");
  // min(D,U), as far as one super-segment goes.
  const std::uint32_t sendable = std::min({view.queued, view.usable, std::max(view.limit, view.effective_mss)});
  if (sendable == 0) return 0;

  // The bracketed condition of (2) and (3), SND.NXT = SND.UNA, is imposed by the Nagle algorithm (SHLD-7, §3.7.4), and
  // MUST-17: not where the application disabled it. It holds for the super-segment as a whole: its full segments and
  // the short one behind them are one decision, after which no more than that one short segment is in flight.
  const bool short_segment_may_go = !view.outstanding || !view.nagle;

  // MUST-38 (§3.8.6.2.1). Send data:
  // (2) if the data is pushed and all queued data can be sent now: [SND.NXT = SND.UNA and] PUSHed and D <= U;
  if (short_segment_may_go && view.pushed && sendable == view.queued) return sendable;
  // SHLD-28 (§3.9.1.2): (1) if a maximum-sized segment can be sent: min(D,U) >= Eff.snd.MSS; as many of them as there
  // are;
  if (sendable >= view.effective_mss) return sendable - sendable % view.effective_mss;
  // (3) or if at least a fraction Fs = 1/2 of the maximum window can be sent:
  //     [SND.NXT = SND.UNA and] min(D,U) >= Fs * Max(SND.WND);
  if (short_segment_may_go && std::uint64_t{2} * sendable >= view.largest_window) return sendable;
  // (4) or if the override timeout occurs.
  if (view.override_timeout) return sendable;
  return 0;
}

}  // namespace handwave::tcp
