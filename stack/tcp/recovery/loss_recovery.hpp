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
  /// The retransmission timer expired: everything outstanding counts as lost.
  void timed_out(const Flight& flight, NewReno& congestion) {
    sack_ ? sack_->timed_out(flight, congestion) : new_reno_.timed_out(flight, congestion);
  }
  /// Everything outstanding is to be sent again for another reason than congestion: the path's MTU shrank.
  void resend_all(const Flight& flight) { sack_ ? sack_->resend_all(flight) : new_reno_.resend_all(flight); }
  /// What is to be sent again now, if anything.
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const {
    return sack_ ? sack_->next(flight) : new_reno_.next(flight);
  }
  /// [from, to) leaves, all of it again or all new, or the last of what was sent and a FIN behind it; `flight` is what
  /// was outstanding before.
  void sent(Seq from, Seq to, const Flight& flight) {
    sack_ ? sack_->sent(from, to, flight) : new_reno_.sent(from, to, flight);
  }

 private:
  NewRenoRecovery new_reno_;
  std::optional<SackRecovery> sack_;
};

}  // namespace handwave::tcp
