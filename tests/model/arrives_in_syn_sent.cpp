// SEGMENT ARRIVES in SYN-SENT: RFC 9293 §3.10.7.3.
#include "tests/model/segment_arrives.hpp"

namespace handwave::model {

Decision arrives_in_syn_sent(Connection& c, const Segment& seg, Time now) {
  // First, check the ACK bit. "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set)."
  if (seg.has_ack && !between(c.iss + 1, seg.ack, c.snd_nxt)) {
    if (seg.rst) return {.reply = Reply::nothing, .reason = Reason::ack_unacceptable};
    return reset_reply(seg, Reason::ack_unacceptable);
  }
  // Second, check the RST bit. Erratum 8167: its SEG.SEQ is not looked at.
  if (seg.rst) {
    if (!seg.has_ack) return {.reply = Reply::nothing, .reason = Reason::rst_ignored};
    delete_tcb(c);
    return {.reply = Reply::nothing, .reason = Reason::reset, .signal = Signal::refused};
  }
  // Fourth, check the SYN bit. Fifth: neither SYN nor RST, "drop the segment and return".
  if (!seg.syn) return {.reply = Reply::nothing, .reason = Reason::no_ack};
  learn_from_syn(c, seg, now);
  if (!seg.has_ack) {  // MUST-10: simultaneous open
    c.state = State::syn_received;
    return {.reply = Reply::syn_ack};
  }
  c.snd_una = seg.ack;
  c.state = State::established;
  // "If there are other controls or text in the segment, then continue processing at the sixth step."
  Segment rest = seg;
  rest.syn = false;
  rest.seq += 1;
  Decision decision = process_text_and_fin(c, rest, now);
  if (decision.reply != Reply::reset) decision.reply = Reply::ack;
  return decision;
}

}  // namespace handwave::model
