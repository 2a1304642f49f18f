// SEGMENT ARRIVES in the SYN-SENT state: RFC 9293 §3.10.7.3.
#include "stack/tcp/connection.hpp"

namespace handwave::tcp {

void Connection::arrives_in_syn_sent(Instant now, const Segment& seg, Context& context) {
  // First, check the ACK bit.
  if (seg.flags.ack && (seg.ack <= snd_.iss || seg.ack > snd_.nxt)) {
    context.counters.add(Counter::tcp_ack_unacceptable);
    if (!seg.flags.rst) reply_with_reset(seg, context);
    return;
  }
  // Second, check the RST bit. (U-5, erratum 8167: its sequence number proves nothing here.)
  if (seg.flags.rst) {
    if (!seg.flags.ack) return context.counters.add(Counter::tcp_rst_ignored);
    context.counters.add(Counter::tcp_resets_received);
    return finish(TcpError::connection_refused);
  }
  // Third, check the security: there is none to compare.
  // Fourth, check the SYN bit. Fifth, if neither it nor the RST bit is set, drop the segment.
  if (!seg.flags.syn) return context.counters.add(Counter::tcp_ack_missing);
  learn_from_syn(now, seg);
  if (!seg.flags.ack) {
    // MUST-10 (§3.5): simultaneous open. Text on this SYN is not kept; it is not acknowledged either, so it comes
    // again.
    enter(State::syn_received);
    syn_due_ = true;
    timed_seq_.reset();  // Karn (RFC 6298 §3): our SYN goes out once more, and the ACK may be of either
    return;
  }
  measure_rtt(now, seg);
  snd_.una = seg.ack;
  retransmit_at_.reset();
  establish(now);
  if (seg.options.user_timeout) heed_user_timeout(now, seg);
  acknowledge_progress();
  // "If there are other controls or text in the segment, then continue processing at the sixth step."
  sixth_check_urg(seg);
  Segment rest = seg;
  rest.seq += 1;
  rest.flags.syn = false;
  trim_to_window(rest, context);
  if (seventh_process_text(now, rest, context) == Step::go_on) eighth_check_fin(rest);
}

/// MUST-10 (§3.5): to the first step of §3.10.7.4 this segment would be unacceptable, RCV.NXT being past its SYN; and
/// yet it brings the ACK that the state waits for.
bool Connection::completes_simultaneous_open(const Segment& seg) const {
  return state_ == State::syn_received && !passive_ && seg.flags.syn && seg.flags.ack && !seg.flags.rst &&
         seg.seq == rcv_.irs && seg.ack == snd_.nxt;
}

/// Takes off the SYN that was received before. The peer may not have seen our SYN,ACK: it gets an ACK in any case.
void Connection::without_known_syn(Segment& seg) {
  ecn_.syn_arrives(seg.flags);
  seg.flags.syn = seg.flags.ece = seg.flags.cwr = false;
  seg.seq += 1;
  if (seg.up > 0) --seg.up;                                     // it counts from SEG.SEQ
  seg.wnd = static_cast<std::uint16_t>(seg.wnd >> snd_.scale);  // RFC 7323 §2.2: a SYN's window is not scaled
  acknowledge_progress();
}

}  // namespace handwave::tcp
