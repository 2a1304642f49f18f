// SEGMENT ARRIVES in TIME-WAIT: RFC 9293 §3.10.7.4, §3.6.1; RFC 6191.
#include <utility>

#include "tests/model/segment_arrives.hpp"

namespace handwave::model {
namespace {

/// The largest window that there can be (RFC 7323 §2.3) stands for MAX.SND.WND, which is not kept that long.
constexpr std::uint32_t largest_window = std::uint32_t{65535} << 14;

/// MAY-2, SHLD-4: RFC 6191 §2.
bool opens_anew(const Connection& c, const Segment& seg) {
  if (!c.listening || !seg.syn || seg.has_ack || seg.rst) return false;
  if (seg.timestamps) {
    if (!c.timestamps) return true;
    if (seg.timestamps->value != c.ts_recent) return seg.timestamps->value - c.ts_recent < 0x8000'0000;
  }
  return ahead(c.rcv_nxt - 1, seg.seq) > 0;  // the largest number that the peer used is its FIN's
}

}  // namespace

Decision arrives_in_time_wait(Connection& c, const Segment& seg, Time now) {
  if (opens_anew(c, seg)) {
    Connection old = c;
    delete_tcb(c);
    const Decision decision = arrives_in_listen(c, seg, now);
    c.behind.push_back(std::move(old));
    return decision;
  }
  if (seg.syn && !seg.rst) return {.reply = Reply::challenge, .reason = Reason::syn_challenged};
  // First, PAWS and the sequence number.
  if (c.timestamps && !seg.rst) {
    if (!seg.timestamps) return {.reply = Reply::nothing, .reason = Reason::no_timestamp};
    if (is_older(c, seg, now))
      return {.reply = seg.len() > 0 ? Reply::ack : Reply::challenge, .reason = Reason::old_timestamp};
  }
  const bool probe = c.rcv_wnd() == 0 && seg.seq == c.rcv_nxt;
  if (!probe && !acceptable(seg, c.rcv_nxt, c.rcv_wnd())) {
    if (seg.rst) return {.reply = Reply::nothing, .reason = Reason::rst_ignored};
    // "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it, and restart
    // the 2 MSL timeout." Its number lies just before RCV.NXT.
    if (seg.fin && seg.end() == c.rcv_nxt) c.time_wait_since = now;
    return {.reply = seg.len() > 0 ? Reply::ack : Reply::challenge, .reason = Reason::unacceptable};
  }
  // Second, check the RST bit.
  if (seg.rst) {
    if (seg.seq != c.rcv_nxt) return {.reply = Reply::challenge, .reason = Reason::rst_in_window};
    delete_tcb(c);
    return {.reply = Reply::nothing, .reason = Reason::reset};
  }
  // Fifth, check the ACK field.
  if (!seg.has_ack) return {.reply = Reply::nothing, .reason = Reason::no_ack};
  if (!between(c.snd_nxt - largest_window, seg.ack, c.snd_nxt))
    return {.reply = Reply::challenge, .reason = Reason::ack_unacceptable};
  // Eighth, check the FIN bit: "Remain in the TIME-WAIT state. Restart the 2 MSL time-wait timeout."
  if (seg.fin) c.time_wait_since = now;
  const Reason reason = seg.text > 0 ? Reason::text_after_fin : Reason::none;
  return {.reply = seg.len() > 0 ? Reply::ack : Reply::any, .reason = reason};
}

}  // namespace handwave::model
