#include "stack/tcp/recovery/sack_recovery.hpp"

#include <algorithm>

namespace handwave::tcp {

std::uint32_t SackRecovery::room(const Flight& flight, const NewReno& congestion) const {
  const std::uint32_t pipe = board_.pipe(flight);
  if (phase_ != Phase::fast_recovery) return congestion.window() - std::min(congestion.window(), pipe);
  // With nothing in the network no ACK will come to ask for more: something may go.
  return pipe == 0 ? std::max(prr_.room(), flight.smss) : prr_.room();
}

Reaction SackRecovery::acknowledged(const Acknowledgment& ack, const Flight& flight, NewReno& congestion) {
  Reaction reaction;
  const bool advanced = ack.before < flight.una;
  const Scoreboard::Update update = board_.update(ack, flight);
  if (advanced) {
    duplicates_ = 0;
    timed_out_ = false;
  }
  judged_ = later(judged_, flight.una);  // it may have moved with the SYN, too
  if (update.newly_sacked > 0) ++duplicates_;
  const bool left = leave_if_covered(flight);
  if (advanced && phase_ != Phase::fast_recovery && !left) grow(ack, flight, update, congestion);

  reaction.reneged = advanced && board_.reneged(flight);
  if (reaction.reneged) {
    judged_ = later(judged_, board_.forget_sacked());
    board_.mark_lost(flight.una, judged_);
  }
  const bool lost = detect_loss(ack, flight, update);
  if ((lost || left || reaction.reneged) && phase_ == Phase::open && board_.anything_lost()) {
    enter_fast_recovery(flight, congestion);
    reaction.fast_retransmit = true;
  }
  if (phase_ == Phase::fast_recovery)
    prr_.acknowledged(update.delivered, board_.pipe(flight), congestion.threshold(), advanced && !lost, flight.smss);
  return reaction;
}

/// After a timeout, an acknowledgment that fills a hole covers what had arrived long before; only what is new counts,
/// or slow start would begin with a burst.
void SackRecovery::grow(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update,
                        NewReno& congestion) const {
  const std::uint32_t octets =
      phase_ == Phase::after_timeout ? update.delivered - update.newly_sacked : flight.una.value() - ack.before.value();
  congestion.acknowledged(octets, board_.pipe(flight) + update.delivered, flight.smss);
}

/// True if anything was found that was not known to be lost.
bool SackRecovery::detect_loss(const Acknowledgment& /*ack*/, const Flight& flight, const Scoreboard::Update& update) {
  if (update.newly_sacked == 0) return false;
  // RFC 6675 §5 (1): segments smaller than SMSS may say by their number what their octets do not say.
  Seq lost_before = board_.lost_before(flight);
  if (duplicates_ >= Scoreboard::duplicate_threshold)
    lost_before = later(lost_before, earlier(flight.una + flight.smss, flight.nxt));
  if (lost_before <= judged_) return false;
  const bool found = board_.mark_lost(judged_, lost_before) > 0;
  judged_ = lost_before;
  return found;
}

/// RFC 6675 §5 (4).
void SackRecovery::enter_fast_recovery(const Flight& flight, NewReno& congestion) {
  // (4.2), RFC 5681 §3.2 (2): what limited transmit sent beyond cwnd must not count.
  congestion.lost(std::min(flight.size(), congestion.window()), flight.smss);
  recover_ = flight.nxt;
  phase_ = Phase::fast_recovery;
  prr_.begin(board_.pipe(flight), flight.smss);
}

/// RFC 6675 §5 (A). True if a fast recovery ended.
bool SackRecovery::leave_if_covered(const Flight& flight) {
  if (phase_ == Phase::open || flight.una < recover_) return false;
  const bool was_fast = phase_ == Phase::fast_recovery;
  phase_ = Phase::open;
  return was_fast;
}

/// RFC 6675 §5.1: no other recovery begins before all of this is acknowledged. What was SACKed is not sent again: a
/// peer that reneges is found out by its next acknowledgment.
void SackRecovery::timed_out(const Flight& flight, NewReno& congestion) {
  congestion.timed_out(std::min(flight.size(), std::max(congestion.window(), flight.smss)), flight.smss, timed_out_);
  timed_out_ = true;
  recover_ = flight.nxt;
  phase_ = Phase::after_timeout;
  duplicates_ = 0;
  resend_all(flight);
}

void SackRecovery::resend_all(const Flight& flight) {
  board_.mark_lost(flight.una, flight.nxt);
  judged_ = flight.nxt;
}

std::optional<Resend> SackRecovery::next(const Flight& /*flight*/) const { return board_.next_lost(); }

void SackRecovery::sent(Seq from, Seq to, const Flight& flight) {
  if (from < flight.nxt) board_.sent_again(from, earlier(to, flight.nxt));
  if (phase_ == Phase::fast_recovery) prr_.sent(to.value() - from.value());
}

}  // namespace handwave::tcp
