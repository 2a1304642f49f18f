// The tail loss probe: RFC 8985 §7. When an acknowledgment is overdue, one segment is sent to ask for it, long before
// the retransmission timeout.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

class TailLossProbe {
 public:
  /// TLP.max_ack_delay: how long a peer may keep back the ACK of a single segment; 200 ms are what the slowest of the
  /// widespread stacks take.
  static constexpr Duration max_ack_delay = std::chrono::milliseconds{200};
  /// No ACK counts as overdue before this: where the round trip is shorter, it is the hosts' scheduling that is slow.
  static constexpr Duration least_interval = std::chrono::milliseconds{5};

  /// §7.1: a recovery begins, which needs no probe.
  void reset() { end_.reset(); }
  /// §7.3: whether a probe may be sent, if one is due: none is in flight, and the round trip was measured since the
  /// last one.
  [[nodiscard]] bool allowed() const { return !end_ && measured_; }
  /// A round trip was measured, for SRTT: what RACK makes of a retransmission that arrives would let probes go on for
  /// ever on a path that has become longer, for which only SRTT can make them wait.
  void measured() { measured_ = true; }
  /// §7.2, TLP_calc_PTO, without the RTO as its limit: how long an ACK may take. The RFC's second for an unknown SRTT
  /// is never asked for: §7.3 sends no probe before a round trip was measured.
  [[nodiscard]] static Duration interval(Duration srtt, bool one_segment);
  /// §7.3: a probe was sent; `nxt` is SND.NXT behind it.
  void sent(Seq nxt, bool retransmission);
  /// It is not known yet what became of a probe.
  [[nodiscard]] bool pending() const { return end_.has_value(); }
  /// §7.4.2, TLP_process_ack. `twice`: where what arrived twice ends, if the ACK tells (D-SACK). True if the probe has
  /// repaired a loss, to which congestion control is to react.
  bool acknowledged(Seq ack, std::optional<Seq> twice, bool plain_duplicate);

 private:
  std::optional<Seq> end_;       ///< TLP.end_seq
  bool retransmission_ = false;  ///< TLP.is_retrans
  bool measured_ = true;         ///< at first by the handshake, if that was measured
};

}  // namespace handwave::tcp
