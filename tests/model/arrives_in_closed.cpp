// SEGMENT ARRIVES without a TCB: RFC 9293 §3.10.7.1 (CLOSED) and §3.10.7.2 (LISTEN).
#include "tests/model/segment_arrives.hpp"

namespace handwave::model {

Decision reset_reply(const Segment& seg, Reason reason) {
  if (seg.has_ack) return {.reply = Reply::reset, .reason = reason, .reset_seq = seg.ack};
  return {.reply = Reply::reset, .reason = reason, .reset_seq = 0, .reset_ack = seg.seq + seg.len()};
}

Decision arrives_in_closed(const Segment& seg) {
  // "An incoming segment containing a RST is discarded. An incoming segment not containing a RST causes a RST."
  if (seg.rst) return {.reply = Reply::nothing, .reason = Reason::rst_ignored};
  return reset_reply(seg, Reason::no_connection);
}

Decision arrives_in_listen(Connection& c, const Segment& seg, Time now) {
  // First, check for a RST.
  if (seg.rst) return {.reply = Reply::nothing, .reason = Reason::rst_ignored};
  // Second, check for an ACK.
  if (seg.has_ack) return reset_reply(seg, Reason::no_connection);
  // Fourth, other data or control: drop it.
  if (!seg.syn) return {.reply = Reply::nothing, .reason = Reason::no_ack};
  // Third, check for a SYN. What else the segment brings is not kept, which the RFC would have "processed in the
  // SYN-RECEIVED state": it is not acknowledged either, and comes again. ISS is known once the SYN,ACK was seen.
  c.passive = true;
  c.state = State::syn_received;
  learn_from_syn(c, seg, now);
  return {.reply = Reply::syn_ack};
}

void learn_from_syn(Connection& c, const Segment& seg, Time now) {
  c.irs = seg.seq;
  c.rcv_nxt = c.last_ack_sent = seg.seq + 1;
  c.right_edge = c.rcv_nxt + c.syn_wnd;
  c.snd_wnd = c.max_snd_wnd = seg.wnd;  // RFC 7323 §2.2: not scaled
  c.snd_wl1 = seg.seq;
  c.snd_wl2 = seg.ack;
  c.snd_scale = seg.window_scale ? (*seg.window_scale < 14 ? *seg.window_scale : 14) : 0;
  if (!seg.window_scale) c.rcv_scale = 0;
  c.timestamps = seg.timestamps.has_value();
  c.ts_recent = seg.timestamps ? seg.timestamps->value : 0;
  c.ts_recent_at = now;
}

}  // namespace handwave::model
