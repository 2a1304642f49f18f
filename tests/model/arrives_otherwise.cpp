// SEGMENT ARRIVES, "other states": RFC 9293 §3.10.7.4, its eight steps.
#include <algorithm>

#include "tests/model/segment_arrives.hpp"
#include "tests/model/user_calls.hpp"

namespace handwave::model {
namespace {

/// RFC 7323 §5.5
constexpr Time timestamps_outdated = std::chrono::hours{24 * 24};

/// "An acknowledgment should be sent in reply." To what takes no sequence space it is a challenge: two ends that
/// disagree would answer each other's ACKs for ever.
Decision unacceptable(const Segment& seg, Reason reason) {
  return {.reply = seg.len() > 0 ? Reply::ack : Reply::challenge, .reason = reason};
}

/// Figure 7 (§3.5), lines 6 and 7: to an end in SYN-RECEIVED by a simultaneous open, the peer's SYN,ACK brings the ACK,
/// though its SYN was received before.
bool completes_simultaneous_open(const Connection& c, const Segment& seg) {
  return c.state == State::syn_received && !c.passive && seg.syn && seg.has_ack && !seg.rst && seg.seq == c.irs &&
         seg.ack == c.snd_nxt;
}

/// "Processing for the ESTABLISHED state" of the fifth step.
void acknowledge(Connection& c, const Segment& seg, Time now) {
  if (between(c.snd_una, seg.ack, c.snd_nxt)) {
    c.snd_una = seg.ack;
    // U-10. An ACK newer than that of the last update counts as well (docs/decisions/0016).
    const bool newer_text = ahead(c.snd_wl1, seg.seq) > 0;
    const bool as_new = c.snd_wl1 == seg.seq && between(c.snd_wl2, seg.ack, c.snd_nxt);
    const bool newer_ack = seg.ack != c.snd_wl2 && between(c.snd_wl2, seg.ack, c.snd_nxt);
    if (newer_text || as_new || newer_ack) {
      c.snd_wnd = seg.wnd << c.snd_scale;
      c.max_snd_wnd = std::max(c.max_snd_wnd, c.snd_wnd);
      if (newer_text) c.snd_wl1 = seg.seq;
      c.snd_wl2 = seg.ack;
    }
  }
  // RFC 7323 §4.3 (2). The RFC has it before the ACK is looked at; RFC 5961 §5 is the reason to wait for it.
  if (!c.timestamps || !seg.timestamps || ahead(c.last_ack_sent, seg.seq) > 0) return;
  c.ts_recent = seg.timestamps->value;
  c.ts_recent_at = now;
}

}  // namespace

bool acceptable(const Segment& seg, Number rcv_nxt, std::uint32_t rcv_wnd) {
  const std::uint32_t len = seg.rst ? 0 : seg.len();  // of a RST the sequence number alone (U-2)
  if (len == 0 && rcv_wnd == 0) return seg.seq == rcv_nxt;
  if (len == 0) return in_window(seg.seq, rcv_nxt, rcv_wnd);
  if (rcv_wnd == 0) return false;
  return in_window(seg.seq, rcv_nxt, rcv_wnd) || in_window(seg.seq + len - 1, rcv_nxt, rcv_wnd);
}

bool is_older(const Connection& c, const Segment& seg, Time now) {
  return seg.timestamps && seg.timestamps->value - c.ts_recent >= 0x8000'0000 &&
         now - c.ts_recent_at <= timestamps_outdated;
}

Decision arrives_otherwise(Connection& c, Segment seg, Time now) {
  const bool half_open = c.state == State::syn_received && c.passive;
  // The SYN once more asks for the SYN,ACK once more.
  if (half_open && seg.syn && !seg.has_ack && !seg.rst && seg.seq == c.irs) return {.reply = Reply::syn_ack};

  // RFC 7323 §5.3: "PAWS processing MUST take precedence over the regular TCP acceptability check", for a connection
  // that has its handshake behind it. (For the segment that completes a passive OPEN, see the fifth step.)
  if (c.timestamps && !half_open && !seg.rst && !seg.syn) {
    if (!seg.timestamps) return {.reply = Reply::nothing, .reason = Reason::no_timestamp};
    if (is_older(c, seg, now)) return unacceptable(seg, Reason::old_timestamp);
  }
  const bool simultaneous = completes_simultaneous_open(c, seg) && !(c.timestamps && is_older(c, seg, now));
  if (simultaneous) {
    seg.syn = false;
    seg.seq += 1;
    seg.wnd >>= c.snd_scale;  // a SYN's window is not scaled
  }

  // First, check sequence number.
  const bool probe = c.rcv_wnd() == 0 && seg.seq == c.rcv_nxt;  // "special allowance ... to accept valid ACKs, URGs"
  if (!probe && !acceptable(seg, c.rcv_nxt, c.rcv_wnd())) {
    if (seg.rst) return {.reply = Reply::nothing, .reason = Reason::rst_ignored};
    if (seg.syn && !half_open) return {.reply = Reply::challenge, .reason = Reason::syn_challenged};
    return unacceptable(seg, Reason::unacceptable);
  }

  // Second, check the RST bit: RFC 5961 §3.2.
  if (seg.rst) {
    if (seg.seq != c.rcv_nxt) return {.reply = Reply::challenge, .reason = Reason::rst_in_window};
    Decision decision{.reply = Reply::nothing, .reason = Reason::reset, .signal = Signal::reset};
    if (half_open) {
      decision.signal = Signal::nothing;
      give_up(c);
      return decision;
    }
    if (c.state == State::syn_received) decision.signal = Signal::refused;
    if (c.state == State::closing || c.state == State::last_ack) decision.signal = Signal::nothing;
    delete_tcb(c);
    return decision;
  }

  // Fourth, check the SYN bit: RFC 5961 §4.2, "irrespective of the sequence number".
  if (seg.syn) {
    if (!half_open) return {.reply = Reply::challenge, .reason = Reason::syn_challenged};
    give_up(c);
    return {.reply = Reply::nothing};
  }

  // Fifth, check the ACK field.
  if (!seg.has_ack) return {.reply = probe && seg.len() > 0 ? Reply::ack : Reply::nothing, .reason = Reason::no_ack};
  if (c.state == State::syn_received) {
    if (!between(c.snd_una + 1, seg.ack, c.snd_nxt)) return reset_reply(seg, Reason::ack_unacceptable);
    if (half_open && c.timestamps) {
      if (!seg.timestamps) return {.reply = Reply::nothing, .reason = Reason::no_timestamp};
      // RFC 7323 §5.3 asks for PAWS and its ACK once the connection is synchronized; what is old completes no
      // handshake.
      if (is_older(c, seg, now)) return {.reply = Reply::nothing, .reason = Reason::old_timestamp};
    }
    c.behind.clear();
    c.state = c.close_called ? State::fin_wait_1 : State::established;
    c.snd_wnd = seg.wnd << c.snd_scale;
    c.max_snd_wnd = std::max(c.max_snd_wnd, c.snd_wnd);
    c.snd_wl1 = seg.seq;
    c.snd_wl2 = seg.ack;
  } else if (!between(c.snd_una - c.max_snd_wnd, seg.ack, c.snd_nxt)) {  // MAY-12
    const bool takes_space = probe && seg.len() > 0;  // at a closed window that is unacceptable of itself
    return {.reply = takes_space ? Reply::ack : Reply::challenge, .reason = Reason::ack_unacceptable};
  }
  acknowledge(c, seg, now);
  // CLOSING, LAST-ACK: "otherwise, ignore the segment".
  const Decision ignored{.reason = seg.text > 0 ? Reason::text_after_fin : Reason::none};
  if (c.fin_acknowledged()) {
    if (c.state == State::fin_wait_1) c.state = State::fin_wait_2;
    if (c.state == State::closing) {
      c.state = State::time_wait;
      c.time_wait_since = now;
      return ignored;
    }
    if (c.state == State::last_ack) return delete_tcb(c), ignored;
  }
  if (c.state == State::closing || c.state == State::last_ack) return ignored;

  Decision decision = process_text_and_fin(c, seg, now);
  const bool ack_now = simultaneous || (probe && seg.len() > 0);
  if (ack_now && decision.reply != Reply::reset) decision.reply = Reply::ack;
  return decision;
}

Decision process_text_and_fin(Connection& c, Segment seg, Time now) {
  // "Trimming off any portions that lie outside the window (including SYN and FIN)."
  const bool had_text = seg.text > 0;
  if (const std::uint32_t old = ahead(seg.seq, c.rcv_nxt); old > 0) {
    seg.text -= std::min(old, seg.text);
    seg.seq = c.rcv_nxt;
  }
  if (const std::uint32_t room = ahead(seg.seq, c.rcv_nxt + c.rcv_wnd()); seg.text + (seg.fin ? 1 : 0) > room) {
    seg.text = std::min(seg.text, room);
    seg.fin = false;
  }
  if (c.fin_received)  // CLOSE-WAIT: "This should not occur"
    return {.reply = Reply::any, .reason = seg.text > 0 ? Reason::text_after_fin : Reason::none};

  // Seventh, process the segment text.
  Decision decision;
  const Number before = c.rcv_nxt;
  if (seg.text > 0 && c.reading_over) {  // SHLD-3 (§3.6.1)
    decision = {.reply = Reply::reset, .reset_seq = number_without_text(c)};
    delete_tcb(c);
    return decision;
  }
  if (seg.text > 0) {
    const bool gaps = !c.held.empty();
    c.held.push_back({seg.seq, seg.text});
    for (std::size_t i = 0; i < c.held.size(); ++i) {
      const Held& held = c.held[i];
      if (!in_window(c.rcv_nxt, held.from, held.count)) continue;
      c.rcv_nxt = held.from + held.count;
      i = static_cast<std::size_t>(-1);  // from the beginning again
    }
    std::erase_if(c.held, [&](const Held& held) { return ahead(c.rcv_nxt, held.from + held.count) == 0; });
    // RFC 5681 §4.2: at once for what is out of order and for what fills a gap.
    decision.reply = c.rcv_nxt == before || gaps ? Reply::ack : Reply::ack_later;
  }
  // Eighth, check the FIN bit.
  if (seg.fin) c.fin_held = {seg.seq + seg.text};
  if (seg.fin && !had_text) decision.reply = Reply::ack;
  if (c.fin_held.empty() || c.fin_held.front() != c.rcv_nxt) return decision;
  c.fin_received = true;
  c.rcv_nxt += 1;
  c.held.clear();
  switch (c.state) {
    case State::established:
      c.state = State::close_wait;
      break;
    case State::fin_wait_1:
      c.state = State::closing;
      break;
    case State::fin_wait_2:
      c.state = State::time_wait;
      c.time_wait_since = now;
      break;
    default:
      break;
  }
  return {.reply = Reply::ack, .signal = Signal::closing};
}

Decision segment_arrives(Connection& c, const Segment& seg, Time now) {
  switch (c.state) {
    case State::closed:
      return arrives_in_closed(seg);
    case State::listen:
      return arrives_in_listen(c, seg, now);
    case State::syn_sent:
      return arrives_in_syn_sent(c, seg, now);
    case State::time_wait:
      return arrives_in_time_wait(c, seg, now);
    default:
      return arrives_otherwise(c, seg, now);
  }
}

}  // namespace handwave::model
