// Loss recovery where the peer reports by SACK: RFC 8985 (RACK-TLP) finds what was lost, RFC 6937 (PRR) tells how much
// may leave in a fast recovery; a timeout that proves needless is undone (RFC 3522, RFC 5682, RFC 4015). Limited
// transmit is that of RFC 6675 §5 (3).
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/congestion_control.hpp"
#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/prr.hpp"
#include "stack/tcp/recovery/rack.hpp"
#include "stack/tcp/recovery/scoreboard.hpp"
#include "stack/tcp/recovery/spurious_timeout.hpp"
#include "stack/tcp/recovery/tail_loss_probe.hpp"

namespace handwave::tcp {

/// What lasts from one flight to the next.
struct SackMemory {
  ReorderingWindow window;
  TailLossProbe probe;  ///< an ACK of later text may tell what became of it
};

/// Sequences the algorithms, from when something is outstanding until nothing is. Limited transmit needs no rule of its
/// own: what is SACKed has left the pipe, and so makes room for new text.
class SackRecovery {
 public:
  /// Nothing was outstanding before `una`.
  SackRecovery(Seq una, const SackMemory& memory)
      : board_(una), rack_(memory.window), probe_(memory.probe), recover_(una), resent_to_(una) {}

  [[nodiscard]] SackMemory memory() const { return {rack_.window(), probe_}; }
  /// RFC 8985 §8: the reordering timer runs, and takes the place of the retransmission timer.
  [[nodiscard]] bool reordering_timer_runs() const { return reorder_at_.has_value(); }

  // The questions are those of LossRecovery, which describes them.

  [[nodiscard]] bool active() const { return phase_ == Phase::fast_recovery; }
  [[nodiscard]] std::uint32_t room(const Flight& flight, const CongestionControl& congestion) const;
  Reaction acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion);
  [[nodiscard]] std::optional<Instant> deadline() const;
  Reaction handle_timeout(Instant now, bool retransmission_due, const Flight& flight, CongestionControl& congestion);
  void timed_out(Instant now, const Flight& flight, CongestionControl& congestion);
  void resend_all(const Flight& flight);
  void resend_first(const Flight& flight);
  void resend(Seq from, Seq to) { board_.mark_lost(from, to); }
  [[nodiscard]] bool nothing_lost() const {
    return phase_ == Phase::open && !board_.anything_lost() && board_.sacked() == 0;
  }
  [[nodiscard]] std::optional<Resend> next() const;
  void sent(Instant now, Seq from, Seq to, const Flight& flight);
  void probed(Seq nxt, bool retransmission);

 private:
  enum class Phase : std::uint8_t { open, fast_recovery, after_timeout };

  static bool may_grow(Phase before, const Acknowledgment& ack);
  void grow(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update, bool decides,
            CongestionControl& congestion) const;
  std::uint32_t detect_loss(Instant now, const Flight& flight, CongestionControl& congestion);
  [[nodiscard]] Duration reordering_window(const Flight& flight) const;
  void answer_loss(const Flight& flight, std::uint32_t octets, CongestionControl& congestion, Reaction& reaction);
  void enter_fast_recovery(const Flight& flight, std::uint32_t octets, CongestionControl& congestion);
  bool leave_if_covered(const Flight& flight);
  bool undo_if_spurious(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update,
                        CongestionControl& congestion);
  void schedule_probe(Instant now, const Flight& flight);

  Scoreboard board_;
  Rack rack_;
  TailLossProbe probe_;
  ProportionalRateReduction prr_;
  SpuriousTimeout spurious_;
  std::optional<Instant> reorder_at_;  ///< the RACK reordering timer
  std::optional<Instant> probe_at_;    ///< the TLP PTO timer
  Instant reduced_at_{};               ///< when cwnd was last reduced for the recovery after a timeout
  Seq recover_;                ///< RecoveryPoint: the octet after the highest one sent when loss was last detected
  Seq resent_to_;              ///< what the last timeout had sent again ends here
  std::uint32_t reports_ = 0;  ///< acknowledgments that SACKed something new since SND.UNA moved
  std::uint32_t new_text_room_ = 0;  ///< what F-RTO may still send of new text
  Phase phase_ = Phase::open;
  bool timed_out_ = false;       ///< the last loss was found by a timeout, and nothing was acknowledged since
  bool retransmit_now_ = false;  ///< the retransmission timer expired: its segment waits for no room
};

}  // namespace handwave::tcp
