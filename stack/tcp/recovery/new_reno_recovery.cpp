#include "stack/tcp/recovery/new_reno_recovery.hpp"

#include <algorithm>

namespace handwave::tcp {
namespace {

/// RFC 5681 §3.2: "three duplicate ACKs".
constexpr std::uint16_t duplicate_threshold = 3;

}  // namespace

std::uint32_t NewRenoRecovery::room(const Flight& flight, const CongestionControl& congestion) const {
  const std::uint32_t window = congestion.window() + inflation_;
  return window - std::min(window, in_flight(flight));
}

std::uint32_t NewRenoRecovery::in_flight(const Flight& flight) const {
  // In fast recovery the inflated window accounts for what was lost, so it stays in the count (RFC 5681 §3.2).
  if (fast_recovery_ || resend_end_ <= resend_next_) return flight.size();
  return flight.size() - static_cast<std::uint32_t>(resend_end_ - later(resend_next_, flight.una));
}

Reaction NewRenoRecovery::acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion) {
  if (ack.before == flight.una)
    return ack.duplicate && flight.size() != 0 ? duplicate_ack(flight, congestion) : Reaction{};
  const auto octets = static_cast<std::uint32_t>(flight.una - ack.before);
  // RFC 3168 §6.1.2: an ACK with an echo SHOULD NOT open the window; but see SackRecovery::may_grow().
  const bool after_timeout = ack.before < recover_;
  if (!fast_recovery_ && (!ack.echo || after_timeout))
    congestion.acknowledged({.now = ack.now,
                             .octets = octets,
                             .in_flight = flight.size() + octets,
                             .smss = flight.smss,
                             .srtt = flight.srtt,
                             .una = flight.una,
                             .nxt = flight.nxt});
  return {.fast_retransmit = advanced(ack.before, flight, congestion)};
}

Reaction NewRenoRecovery::duplicate_ack(const Flight& flight, CongestionControl& congestion) {
  if (duplicates_ < UINT16_MAX) ++duplicates_;
  if (fast_recovery_) {
    inflation_ += flight.smss;  // §3.2 (4): another segment has left the network
    return {};
  }
  if (duplicates_ < duplicate_threshold) {
    inflation_ = duplicates_ * flight.smss;  // RFC 3042: one new segment for each of the first two
    return {};
  }
  if (duplicates_ > duplicate_threshold || !is_new_loss(flight, congestion)) {
    inflation_ = 0;
    return {};
  }
  if (flight.probe && flight.probe->from == flight.una) {  // RFC 4821 §7.6.2
    inflation_ = 0;
    recover_ = flight.nxt;
    mends_probe_ = true;
    mark_lost(flight.una, flight.probe->to, true);
    return {.mtu_probe_lost = true};
  }
  begin_fast_recovery(flight, congestion);
  return {.fast_retransmit = true};
}

/// RFC 6582 §3.2 (2), RFC 5681 §3.2 (2) and (3).
void NewRenoRecovery::begin_fast_recovery(const Flight& flight, CongestionControl& congestion) {
  // RFC 5681 §3.2 (2): what limited transmit sent beyond cwnd must not count.
  congestion.lost({.flight = std::min(flight.size(), congestion.window()),
                   .smss = flight.smss,
                   .una = flight.una,
                   .nxt = flight.nxt});
  recover_ = flight.nxt;
  fast_recovery_ = true;
  inflation_ = duplicate_threshold * flight.smss;
  mark_lost(flight.una, earlier(flight.una + flight.smss, flight.nxt), true);
}

/// RFC 6582 §3.2 (1): the acknowledgment covers more than `recover`; or, §4.1, the duplicates cannot come from segments
/// that were sent again needlessly, because the acknowledgment before moved by little.
bool NewRenoRecovery::is_new_loss(const Flight& flight, const CongestionControl& congestion) const {
  if (flight.una > recover_) return true;
  return flight.una == recover_ && congestion.window() > flight.smss &&
         static_cast<std::uint32_t>(flight.una - previous_ack_) <= 4 * flight.smss;
}

/// True if a fast recovery began.
bool NewRenoRecovery::advanced(Seq before, const Flight& flight, CongestionControl& congestion) {
  previous_ack_ = before;
  duplicates_ = 0;
  timed_out_ = false;
  // Marks that SND.UNA has passed move along with it, or after half a turn of the circle they would lie ahead again.
  if (resend_end_ <= flight.una) mark_lost(flight.una, flight.una, false);
  if (mends_probe_ && resend_end_ <= flight.una) {
    mends_probe_ = false;
    if (flight.una < recover_) {  // RFC 4821 §7.6.4: there is another hole, of which duplicate ACKs have told already
      begin_fast_recovery(flight, congestion);
      return true;
    }
  }
  if (!fast_recovery_) {
    if (recover_ < flight.una) recover_ = flight.una - 1;
    inflation_ = 0;
    return false;
  }
  if (recover_ <= flight.una) {  // RFC 6582 §3.2 (3), full acknowledgment
    fast_recovery_ = false;
    inflation_ = 0;
    congestion.recovered(flight.size(), flight.smss);
    return false;
  }
  // Partial acknowledgment: the next hole is sent again; the window shrinks by what has left, and grows by the segment
  // that takes its place.
  const auto octets = static_cast<std::uint32_t>(flight.una - before);
  inflation_ -= std::min(inflation_, octets);
  if (octets >= flight.smss) inflation_ += flight.smss;
  mark_lost(flight.una, earlier(flight.una + flight.smss, flight.nxt), true);
  return false;
}

void NewRenoRecovery::timed_out(const Flight& flight, CongestionControl& congestion) {
  congestion.timed_out({.flight = in_flight(flight), .smss = flight.smss, .una = flight.una, .nxt = flight.nxt},
                       timed_out_);
  timed_out_ = true;
  recover_ = flight.nxt;  // RFC 6582 §4: what was in flight gives no cause for another fast retransmit
  fast_recovery_ = mends_probe_ = false;
  inflation_ = 0;
  duplicates_ = 0;
  mark_lost(flight.una, flight.nxt, false);
}

void NewRenoRecovery::resend_all(const Flight& flight) {
  fast_recovery_ = mends_probe_ = false;
  inflation_ = 0;
  mark_lost(flight.una, flight.nxt, false);
}

/// What was marked lost and not yet sent again stays so.
void NewRenoRecovery::resend_first(const Flight& flight) {
  const Seq end = resend_next_ < resend_end_ ? resend_end_ : flight.una;
  fast_recovery_ = false;
  inflation_ = 0;
  mark_lost(flight.una, later(end, earlier(flight.una + flight.smss, flight.nxt)), false);
}

std::optional<Resend> NewRenoRecovery::next(const Flight& flight) const {
  const Seq from = later(resend_next_, flight.una);
  if (resend_end_ <= from) return std::nullopt;
  return Resend{from, earlier(resend_end_, flight.nxt), regardless_};
}

void NewRenoRecovery::mark_lost(Seq from, Seq to, bool regardless) {
  resend_next_ = from;
  resend_end_ = to;
  regardless_ = regardless;
}

}  // namespace handwave::tcp
