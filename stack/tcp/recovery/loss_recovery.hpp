// What to send again, and when: by the peer's SACK reports if both ends agreed on them, else by NewReno.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/indirect.hpp"
#include "stack/tcp/congestion/congestion_control.hpp"
#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/new_reno_recovery.hpp"
#include "stack/tcp/recovery/sack_recovery.hpp"

namespace handwave::tcp {

/// The questions that a connection asks its recovery. It tells congestion control of loss, and of acknowledgments
/// outside of a recovery. What SACK needs to know of a flight is kept while there is one: an idle connection has none.
class LossRecovery {
 public:
  explicit LossRecovery(Seq iss = Seq{}) : new_reno_(iss) {}
  /// Both SYNs are known, and SACK is permitted.
  void use_sack() { by_sack_ = true; }

  /// Octets that may leave now, sent again or new, as far as congestion control is concerned.
  [[nodiscard]] std::uint32_t room(const Flight& flight, const CongestionControl& congestion) const;
  /// An acceptable ACK arrived.
  Reaction acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion);
  /// When handle_timeout wants to be called, for timers of its own.
  [[nodiscard]] std::optional<Instant> deadline() const { return sack_ ? sack_->deadline() : std::nullopt; }
  /// RFC 8985 §8: one of them runs that the retransmission timer has to wait for.
  [[nodiscard]] bool delays_timeout() const { return sack_ && sack_->reordering_timer_runs(); }
  /// The time may have come, or that of the retransmission timer. If a probe is due, it takes the latter's place, and
  /// the timer starts anew.
  Reaction handle_timeout(Instant now, bool retransmission_due, const Flight& flight, CongestionControl& congestion) {
    return sack_ ? sack_->handle_timeout(now, retransmission_due, flight, congestion) : Reaction{};
  }
  /// The retransmission timer expired.
  void timed_out(Instant now, const Flight& flight, CongestionControl& congestion) {
    by_sack_ ? sack(flight).timed_out(now, flight, congestion) : new_reno_.timed_out(flight, congestion);
  }
  /// Everything outstanding is to be sent again for another reason than congestion: the path's MTU shrank.
  void resend_all(const Flight& flight) { by_sack_ ? sack(flight).resend_all(flight) : new_reno_.resend_all(flight); }
  /// The segment at SND.UNA is to be sent again, likewise: the peer's window was closed to it.
  void resend_first(const Flight& flight) {
    by_sack_ ? sack(flight).resend_first(flight) : new_reno_.resend_first(flight);
  }
  /// [from, to) is, likewise: it probed the path's MTU, and a router said that it was too big.
  void resend(Seq from, Seq to, const Flight& flight) {
    by_sack_ ? sack(flight).resend(from, to) : new_reno_.resend(from, to);
  }
  /// As far as is known nothing was lost, and nothing arrived out of order.
  [[nodiscard]] bool nothing_lost(const Flight& flight) const {
    return by_sack_ ? !sack_ || sack_->nothing_lost() : new_reno_.nothing_lost(flight);
  }
  /// What is to be sent again now, if anything.
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const;
  /// [from, to) leaves, all of it again or all new, or the last of what was sent and a FIN behind it; `flight` is what
  /// was outstanding before.
  void sent(Instant now, Seq from, Seq to, const Flight& flight) {
    by_sack_ ? sack(flight).sent(now, from, to, flight) : new_reno_.sent(from, to, flight);
  }
  /// RFC 6675 §6: the retransmission timer counts from when the first hole was last filled.
  [[nodiscard]] bool restarts_timer() const { return sack_ && sack_->active(); }
  /// The probe left, with new text or with what was sent last; `nxt` is SND.NXT behind it.
  void probed(Seq nxt, bool retransmission) {
    if (sack_) sack_->probed(nxt, retransmission);
  }

 private:
  SackRecovery& sack(const Flight& flight) { return sack_ ? *sack_ : sack_.emplace(flight.una, memory_); }

  NewRenoRecovery new_reno_;
  SackMemory memory_;            ///< while nothing is outstanding
  Indirect<SackRecovery> sack_;  ///< while something is
  bool by_sack_ = false;
};

}  // namespace handwave::tcp
