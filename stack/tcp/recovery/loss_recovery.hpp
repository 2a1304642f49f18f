// What to send again, and when: by the peer's SACK reports if both ends agreed on them, else by NewReno.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/new_reno.hpp"
#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/new_reno_recovery.hpp"
#include "stack/tcp/recovery/sack_recovery.hpp"

namespace handwave::tcp {

/// The questions that a connection asks its recovery. It tells congestion control of loss, and of acknowledgments
/// outside of a recovery.
class LossRecovery {
 public:
  explicit LossRecovery(Seq iss = Seq{}) : new_reno_(iss) {}
  /// Both SYNs are known, and SACK is permitted.
  void use_sack(Seq iss) { sack_.emplace(iss); }

  /// Fast recovery is going on.
  [[nodiscard]] bool active() const { return sack_ ? sack_->active() : new_reno_.active(); }
  /// Octets that may leave now, sent again or new, as far as congestion control is concerned.
  [[nodiscard]] std::uint32_t room(const Flight& flight, const NewReno& congestion) const {
    return sack_ ? sack_->room(flight, congestion) : new_reno_.room(flight, congestion);
  }
  /// An acceptable ACK arrived.
  Reaction acknowledged(const Acknowledgment& ack, const Flight& flight, NewReno& congestion) {
    return sack_ ? sack_->acknowledged(ack, flight, congestion) : new_reno_.acknowledged(ack, flight, congestion);
  }
  /// When handle_timeout wants to be called, for timers of its own (RFC 8985 §8).
  [[nodiscard]] std::optional<Instant> deadline() const { return sack_ ? sack_->deadline() : std::nullopt; }
  /// The time may have come, or that of the retransmission timer. If a probe is due, it takes the latter's place, and
  /// the timer starts anew.
  Reaction handle_timeout(Instant now, bool retransmission_due, const Flight& flight, NewReno& congestion) {
    return sack_ ? sack_->handle_timeout(now, retransmission_due, flight, congestion) : Reaction{};
  }
  /// The retransmission timer expired.
  void timed_out(Instant now, const Flight& flight, NewReno& congestion) {
    sack_ ? sack_->timed_out(now, flight, congestion) : new_reno_.timed_out(flight, congestion);
  }
  /// Everything outstanding is to be sent again for another reason than congestion: the path's MTU shrank.
  void resend_all(const Flight& flight) { sack_ ? sack_->resend_all(flight) : new_reno_.resend_all(flight); }
  /// What is to be sent again now, if anything.
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const {
    return sack_ ? sack_->next() : new_reno_.next(flight);
  }
  /// [from, to) leaves, all of it again or all new, or the last of what was sent and a FIN behind it; `flight` is what
  /// was outstanding before.
  void sent(Instant now, Seq from, Seq to, const Flight& flight) {
    sack_ ? sack_->sent(now, from, to, flight) : new_reno_.sent(from, to, flight);
  }
  /// The probe left, with new text or with what was sent last; `nxt` is SND.NXT behind it.
  void probed(Seq nxt, bool retransmission) {
    if (sack_) sack_->probed(nxt, retransmission);
  }

 private:
  NewRenoRecovery new_reno_;
  std::optional<SackRecovery> sack_;
};

}  // namespace handwave::tcp
