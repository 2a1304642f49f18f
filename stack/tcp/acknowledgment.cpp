// The fifth step's "processing for the ESTABLISHED state": RFC 9293 §3.10.7.4; RTT, RFC 6298 §3 and RFC 7323 §4;
// duplicate ACKs, RFC 5681 §2.
#include <algorithm>
#include <span>

#include "stack/tcp/connection.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {

Connection::Step Connection::acknowledged(Instant now, const Segment& seg, Context& context) {
  // MAY-12, U-4, RFC 5961 §5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT, else an ACK is sent back.
  if (seg.ack < snd_.una - snd_.max_wnd || seg.ack > snd_.nxt) {
    context.counters.add(Counter::tcp_ack_unacceptable);
    const bool answered = rcv_wnd() == 0 && seg.len() > 0;  // in the first step, at a closed window
    if (!answered) challenge(now, context);
    return Step::done;
  }
  if (window_closed()) {  // MUST-37 (§3.8.6.1): a peer that answers probes is alive
    if (!abandoned_) unacknowledged_since_ = now;
    probe_unanswered_ = false;
  }
  Acknowledgment ack{.now = now,
                     .before = snd_.una,
                     .ack = seg.ack,
                     .duplicate = is_duplicate_ack(seg),
                     .blocks = std::span(seg.options.sack_blocks).first(seg.options.sack_count)};
  if (snd_.una < seg.ack) {
    ack.measured = measure_rtt(now, seg);
    advance_una(now, seg, context);
  }
  if (ts_.enabled && seg.options.timestamps) ack.echoed = seg.options.timestamps->echo_reply - ts_.offset;
  const Seq edge = earlier(text_end(), seg.ack + scaled_window(seg));
  // RFC 3168 §6.1.2. An ACK that was overtaken tells what another one has told since.
  ack.echo = ecn_.capable() && seg.flags.ece && snd_.una <= seg.ack;
  if (ack.echo) mark_echoed(now, ack, context);
  if (ack.before < snd_.una && !ack.echo) ecn_.no_echo();
  ack.new_text = edge - snd_.nxt >= static_cast<std::int32_t>(effective_mss());
  react(now, recovery_.acknowledged(ack, flight(), congestion_), context);
  if (search_) follow_path_mtu_search(now, context);
  if (snd_.una <= seg.ack) update_window(seg);
  if (seg.options.user_timeout) heed_user_timeout(now, seg);
  return Step::go_on;
}

/// To what the recovery has found.
void Connection::react(Instant now, const Reaction& reaction, Context& context) {
  if (reaction.reneged) context.counters.add(Counter::tcp_sack_reneged);
  if (reaction.fast_retransmit) {
    context.counters.add(Counter::tcp_fast_retransmits);
    timed_seq_.reset();
  }
  if (search_ && reaction.mtu_probe_lost) search_->lost_alone(snd_.nxt);
  if (search_ && reaction.fast_retransmit) search_->other_loss();
  if (reaction.spurious_timeout) {
    context.counters.add(Counter::tcp_spurious_timeouts);
    rto_.was_spurious();
  }
  if (reaction.probe) {
    loss_probe_due_ = true;
    start_retransmission_timer(now);  // RFC 8985 §7.3: the last resort if the probe is lost, too
  }
}

/// RFC 3168 §6.1.2: what is done about a loss is done about a mark. With a window of one segment less cannot be in
/// flight, only less often: the retransmission timer starts anew, and nothing new leaves before it would expire.
void Connection::mark_echoed(Instant now, const Acknowledgment& ack, Context& context) {
  const std::uint32_t mss = effective_mss();
  const bool smallest = congestion_.window() <= mss;
  const auto flight = static_cast<std::uint32_t>(snd_.nxt - ack.before);
  if (!congestion_.marked(
          {.flight = std::min(flight, congestion_.window()), .smss = mss, .una = snd_.una, .nxt = snd_.nxt}))
    return;
  context.counters.add(Counter::tcp_ecn_reductions);
  if (!smallest) return;
  silent_until_ = now + ecn_.silence(rto_.value());
  retransmit_at_.reset();  // arm_timers starts it, if anything is outstanding
}

/// RFC 5681 §2: (a) data outstanding, which its recovery knows, (b) no text, (c) no SYN or FIN, (d) SEG.ACK = SND.UNA,
/// (e) the window unchanged.
bool Connection::is_duplicate_ack(const Segment& seg) const {
  return !window_closed() && seg.len() == 0 && seg.ack == snd_.una && scaled_window(seg) == snd_.wnd;
}

void Connection::advance_una(Instant now, const Segment& seg, Context& context) {
  const auto text = static_cast<std::uint32_t>(std::max(0, seg.ack - text_una()));
  if (fin_sent() && seg.ack == snd_.nxt) fin_acknowledged_ = true;
  send_queue_.acknowledge(std::min<std::size_t>(text, send_queue_.size()));
  snd_.una = seg.ack;
  if (snd_.up && *snd_.up <= snd_.una) snd_.up.reset();

  retransmissions_ = 0;
  told_r1_ = told_reason_ = false;
  unacknowledged_since_ = now;
  retransmit_at_.reset();  // RFC 6298 (5.2), (5.3): arm_timers starts it again if anything is outstanding
  if (rto_.smoothed() >= shortest_path)
    send_buffer_ =
        grown(send_buffer_, send_buffer_for(congestion_.window(), send_buffer_, options_.send_buffer), context);
  if (wants_room_ && send_queue_.size() <= send_buffer_ / 2) {
    wants_room_ = false;
    event_.writable = true;
  }
}

/// MUST-18 (§3.8.1): RFC 6298 §3, Karn: only what was sent once is timed; where something was sent again, the
/// timestamps tell which sending was acknowledged (RFC 7323 §4.1), once it advances SND.UNA. An ACK that echoes what
/// was sent before the last timeout is no measure of the way: the ACK that it repeats was lost, or it is late; only
/// Karn's rule is safe then, or each timeout would be taken for a round trip, and the next one be longer yet. True if
/// there was something to measure.
bool Connection::measure_rtt(Instant now, const Segment& seg) {
  if (timed_seq_) {
    if (seg.ack < *timed_seq_) return false;
    rto_.sample(now - timed_at_);
    timed_seq_.reset();
    return true;
  }
  if (ts_.enabled && seg.options.timestamps && seg.options.timestamps->echo_reply != 0) {
    const std::uint32_t ticks = TimestampClock::ticks(now) + ts_.offset - seg.options.timestamps->echo_reply;
    const std::chrono::milliseconds rtt{ticks};
    if (static_cast<std::int32_t>(ticks) < 0 || now - rtt < timed_out_at_ - TimestampClock::tick) return false;
    // RFC 7323 §4.2, Appendix G: of such measurements there may be one for every second segment in flight.
    rto_.sample(rtt, (static_cast<std::uint32_t>(snd_.nxt - snd_.una) - 1) / (2 * effective_mss()) + 1);
    return true;
  }
  return false;
}

/// U-10: "to prevent using old segments to update the window". Beyond the RFC's rule, an ACK that is newer than the
/// last update's counts too, even on text that was sent again and so has an old SEG.SEQ: SND.WND counts from SND.UNA,
/// and if only that moved, we would take for ours what the peer never offered.
void Connection::update_window(const Segment& seg) {
  const bool newer_text = snd_.wl1 < seg.seq || (snd_.wl1 == seg.seq && snd_.wl2 <= seg.ack);
  if (!newer_text && seg.ack <= snd_.wl2) return;
  const bool was_closed = window_closed();
  snd_.wnd = scaled_window(seg);
  snd_.max_wnd = std::max(snd_.max_wnd, snd_.wnd);
  snd_.wl1 = later(snd_.wl1, seg.seq);
  snd_.wl2 = seg.ack;
  // A probe that the closed window did not take is sent again, now that it is open. No more than its segment: a peer
  // that closes and opens its window would have all in flight sent again each time, and not by cwnd.
  if (was_closed && !window_closed() && outstanding()) recovery_.resend_first(flight());
}

}  // namespace handwave::tcp
