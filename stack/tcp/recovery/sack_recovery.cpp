#include "stack/tcp/recovery/sack_recovery.hpp"

#include <algorithm>
#include <utility>

namespace handwave::tcp {
namespace {

/// A sign of congestion with `outstanding` octets in flight. RFC 5681 §3.2 (2): what limited transmit sent beyond cwnd
/// must not count.
Congestion seen_in(const Flight& flight, std::uint32_t outstanding, const CongestionControl& congestion) {
  return {
      .flight = std::min(outstanding, congestion.window()), .smss = flight.smss, .una = flight.una, .nxt = flight.nxt};
}

}  // namespace

std::uint32_t SackRecovery::room(const Flight& flight, const CongestionControl& congestion) const {
  const std::uint32_t pipe = board_.pipe(flight);
  if (spurious_.sends_new_text()) return new_text_room_;
  if (phase_ != Phase::fast_recovery) return congestion.window() - std::min(congestion.window(), pipe);
  // With nothing in the network no ACK will come to ask for more: something may go.
  return pipe == 0 ? std::max(prr_.room(), flight.smss) : prr_.room();
}

Reaction SackRecovery::acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion) {
  Reaction reaction;
  const bool advanced = ack.before < flight.una;
  const bool decides = spurious_.undecided();
  if (flight.srtt) rack_.measured_before(ack.now, *flight.srtt);
  rack_.doubt_retransmissions(decides);
  const Scoreboard::Update update = board_.update(ack, flight, rack_);
  if (advanced) {
    reports_ = 0;
    timed_out_ = false;
  }
  if (update.newly_sacked > 0) ++reports_;
  reaction.spurious_timeout = undo_if_spurious(ack, flight, update, congestion);
  const Phase before = phase_;
  const bool left = leave_if_covered(flight);
  rack_.acknowledged(ack.now, flight.una, flight.nxt, update.duplicate.has_value(), left);
  if (ack.measured) probe_.measured();
  if (advanced && may_grow(before, ack) && !reaction.spurious_timeout) grow(ack, flight, update, decides, congestion);
  const auto twice = update.duplicate ? std::optional{update.duplicate->right} : std::nullopt;
  if (probe_.acknowledged(ack.ack, twice, ack.duplicate && ack.blocks.empty()))
    congestion.lost(seen_in(flight, flight.size() + update.delivered, congestion));

  reaction.reneged = advanced && board_.reneged(flight);
  if (reaction.reneged) board_.mark_lost(flight.una, board_.forget_sacked());
  const bool lost = detect_loss(ack.now, flight, congestion) > 0;
  if ((lost || left || reaction.reneged) && phase_ == Phase::open && board_.anything_lost())
    answer_loss(flight, flight.una.value() - ack.before.value(), congestion, reaction);
  if (phase_ == Phase::fast_recovery)
    prr_.acknowledged(update.delivered, board_.pipe(flight), congestion.threshold(), advanced && !lost, flight.smss);
  if (advanced || board_.sacked() > 0) schedule_probe(ack.now, flight);
  return reaction;
}

/// RFC 4015 §3.1 (8), (9): sending goes on with new text, cwnd with what is in flight, and slow start up to where it
/// was. §3.4: for this ACK cwnd changes no further.
bool SackRecovery::undo_if_spurious(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update,
                                    CongestionControl& congestion) {
  if (phase_ != Phase::after_timeout) return false;
  const bool probed = spurious_.sends_new_text();
  const bool spurious = spurious_.acknowledged(
      {.advanced = ack.before<flight.una, .covered = flight.una >= recover_, .beyond = flight.una> recover_ ||
                   board_.sacked_beyond(recover_),
       .delivers = update.delivered > 0,
       .duplicate = ack.duplicate,
       .partial = flight.una < resent_to_,
       .new_text = ack.new_text,
       .all = flight.size() == 0,
       .twice = update.duplicate.has_value(),
       .peer_tells_twice = rack_.window().duplicate_reported(),
       .echoed = ack.echoed});
  if (spurious_.sends_new_text() && !probed) {
    recover_ = flight.nxt;  // RFC 5682 §3.1 (2)
    new_text_room_ = 2 * flight.smss;
  }
  if (!spurious) return false;
  board_.forget_lost(flight);
  if (!ack.echo)  // §3.4: an echo says that the network was full, whatever the timeout was
    congestion.undo(flight.size() + std::min(update.delivered, initial_window(flight.smss)), spurious_.pipe_prev());
  phase_ = Phase::open;
  retransmit_now_ = false;
  return true;
}

/// PRR says what may leave in a fast recovery. RFC 3168 §6.1.2: an ACK with an echo SHOULD NOT open the window; but
/// after a timeout it is an echo of what the window was closed for, and goes on until new text brings the peer the CWR:
/// all that was lost would have to be sent again a segment a round trip.
bool SackRecovery::may_grow(Phase before, const Acknowledgment& ack) {
  return before == Phase::after_timeout || (before == Phase::open && !ack.echo);
}

/// After a timeout, an acknowledgment that fills a hole covers what had arrived long before; only what is new counts,
/// or slow start would begin with a burst. RFC 5682 §3.1 (2a), (3a): the ACKs that decide whether the timeout was
/// needless open the window by a segment each, to two and three.
void SackRecovery::grow(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update, bool decides,
                        CongestionControl& congestion) const {
  std::uint32_t octets =
      phase_ == Phase::after_timeout ? update.delivered - update.newly_sacked : flight.una.value() - ack.before.value();
  if (decides) octets = std::min(octets, flight.smss);
  congestion.acknowledged({.now = ack.now,
                           .octets = octets,
                           .in_flight = board_.pipe(flight) + update.delivered,
                           .smss = flight.smss,
                           .srtt = flight.srtt,
                           .rtt = rack_.took_sample() ? std::optional{rack_.rtt()} : std::nullopt,
                           .una = flight.una,
                           .nxt = flight.nxt});
}

/// RFC 8985 §6.2, steps 4 and 5. Gives the octets that were not known to be lost. §9.3, RFC 5681 §4.3: the loss of a
/// retransmission is another congestion. In a fast recovery PRR answers it; after a timeout the window is reduced once
/// more, once a round trip, and no fast recovery begins (RFC 6675 §5.1).
std::uint32_t SackRecovery::detect_loss(Instant now, const Flight& flight, CongestionControl& congestion) {
  reorder_at_.reset();
  if (!rack_.measured()) return 0;
  const auto detection = board_.detect_loss(now, flight, rack_, reordering_window(flight));
  reorder_at_ = detection.next;
  if (phase_ == Phase::after_timeout && detection.sent_again && *detection.sent_again >= reduced_at_) {
    reduced_at_ = now;
    Congestion again = seen_in(flight, flight.size(), congestion);
    again.again = true;
    congestion.lost(again);
  }
  return detection.lost;
}

/// RACK.segs_sacked is counted by octets, or by reports where segments are smaller.
Duration SackRecovery::reordering_window(const Flight& flight) const {
  const std::uint32_t segments = std::max(reports_, board_.sacked() / flight.smss);
  return rack_.window().value(phase_ != Phase::open, segments, flight.srtt);
}

/// Something is lost, and there is no recovery yet. RFC 4821 §7.6.2: a probe of the path's MTU alone is sent again, and
/// that is all.
void SackRecovery::answer_loss(const Flight& flight, std::uint32_t octets, CongestionControl& congestion,
                               Reaction& reaction) {
  if (flight.probe && board_.lost_within(flight.probe->from, flight.probe->to)) {
    reaction.mtu_probe_lost = true;
    return;
  }
  enter_fast_recovery(flight, octets, congestion);
  reaction.fast_retransmit = true;
}

/// RFC 6675 §5 (4), (4.2). The ACK that says so acknowledges `octets`, which PRR hears of afterwards.
void SackRecovery::enter_fast_recovery(const Flight& flight, std::uint32_t octets, CongestionControl& congestion) {
  const std::uint32_t unclaimed = congestion.unclaimed(flight.size() + octets);
  Congestion seen = seen_in(flight, flight.size(), congestion);
  seen.acknowledged = octets;
  congestion.lost(seen);
  recover_ = flight.nxt;
  phase_ = Phase::fast_recovery;
  prr_.begin(board_.pipe(flight) + octets, unclaimed, flight.smss);
  probe_.reset();
  probe_at_.reset();
}

/// RFC 6675 §5 (A). True if a fast recovery, or that after a timeout, ended.
bool SackRecovery::leave_if_covered(const Flight& flight) {
  if (phase_ == Phase::open || flight.una < recover_) return false;
  phase_ = Phase::open;
  return true;
}

/// RFC 8985 §7.2: a probe is scheduled while no other way is open to hear of a loss.
void SackRecovery::schedule_probe(Instant now, const Flight& flight) {
  probe_at_.reset();
  if (phase_ != Phase::open || flight.size() == 0 || board_.sacked() > 0 || !flight.srtt || !probe_.allowed()) return;
  probe_at_ = now + TailLossProbe::interval(*flight.srtt, flight.size() <= flight.smss);
}

std::optional<Instant> SackRecovery::deadline() const {
  if (!reorder_at_ || !probe_at_) return reorder_at_ ? reorder_at_ : probe_at_;
  return std::min(*reorder_at_, *probe_at_);
}

Reaction SackRecovery::handle_timeout(Instant now, bool retransmission_due, const Flight& flight,
                                      CongestionControl& congestion) {
  Reaction reaction;
  const std::uint32_t lost = reorder_at_ && *reorder_at_ <= now ? detect_loss(now, flight, congestion) : 0;
  if (lost > 0 && phase_ == Phase::open) {
    answer_loss(flight, 0, congestion, reaction);
  } else if (lost > 0) {
    prr_.found_lost(lost, board_.pipe(flight), congestion.threshold());
  }
  // TLP_calc_PTO: where the retransmission timer would expire sooner, the probe is sent at its time.
  if (probe_at_ && (*probe_at_ <= now || retransmission_due)) {
    probe_at_.reset();
    reaction.probe = true;
  }
  return reaction;
}

/// RFC 8985 §6.3. RFC 6675 §5.1: no other recovery begins before all of this is acknowledged. What was SACKed is not
/// sent again: a peer that reneges is found out by its next acknowledgment.
void SackRecovery::timed_out(Instant now, const Flight& flight, CongestionControl& congestion) {
  spurious_.timed_out(phase_ != Phase::open, timed_out_, std::max(flight.size(), congestion.threshold()));
  congestion.timed_out(seen_in(flight, flight.size(), congestion), timed_out_);
  timed_out_ = true;
  reduced_at_ = now;
  recover_ = flight.nxt;
  resent_to_ = flight.una;
  phase_ = Phase::after_timeout;
  retransmit_now_ = true;
  reports_ = 0;
  probe_.reset();
  probe_at_.reset();
  reorder_at_.reset();
  // Without RACK.rtt, what a round trip usually takes tells which segments are too young.
  const auto round_trip = rack_.measured() ? std::optional{rack_.rtt()} : flight.srtt;
  if (!round_trip) return board_.mark_lost(flight.una, flight.nxt);
  board_.mark_lost(flight.una, earlier(flight.una + flight.smss, flight.nxt));
  board_.detect_loss_on_timeout(now, flight, *round_trip + reordering_window(flight));
}

void SackRecovery::resend_all(const Flight& flight) { board_.mark_lost(flight.una, flight.nxt); }

void SackRecovery::resend_first(const Flight& flight) {
  board_.mark_lost(flight.una, earlier(flight.una + flight.smss, flight.nxt));
}

std::optional<Resend> SackRecovery::next() const {
  if (spurious_.sends_new_text()) return std::nullopt;
  auto resend = board_.next_lost();
  if (resend) resend->regardless = retransmit_now_;
  return resend;
}

void SackRecovery::sent(Instant now, Seq from, Seq to, const Flight& flight) {
  board_.sent(now, from, to, flight.nxt);
  if (phase_ == Phase::fast_recovery) prr_.sent(to.value() - from.value());
  if (from < flight.nxt) {
    if (std::exchange(retransmit_now_, false)) {
      spurious_.retransmitted(now);
      resent_to_ = to;
    }
  } else {
    new_text_room_ -= std::min(new_text_room_, to.value() - from.value());
    schedule_probe(now, {flight.una, to, flight.smss, flight.srtt});
  }
}

void SackRecovery::probed(Seq nxt, bool retransmission) {
  probe_.sent(nxt, retransmission);
  probe_at_.reset();
}

}  // namespace handwave::tcp
