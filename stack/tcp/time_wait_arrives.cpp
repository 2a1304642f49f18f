// SEGMENT ARRIVES in TIME-WAIT: RFC 9293 §3.10.7.4, its eight steps for that state; §3.6.1.
#include <algorithm>

#include "stack/tcp/endpoints.hpp"

namespace handwave::tcp {

/// MUST-13 (§3.6.1): 2 MSL from now on. What has to be known is a tenth of a connection.
void Endpoints::enter_time_wait(Instant now, const Connection& connection, Counters& counters) {
  TimeWaitEntry entry = connection.time_wait_entry();
  entry.deadline = now + 2 * config_.msl;
  counters.add(Counter::tcp_time_wait_entered);
  if (connection.owes_ack()) acknowledge(now, entry, counters);
  if (time_wait_.insert(entry)) counters.add(Counter::tcp_time_wait_over_limit);
}

/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
void Endpoints::acknowledge(Instant now, const TimeWaitEntry& entry, Counters& counters) {
  OutgoingSegment out;
  out.sockets = entry.sockets;
  out.hop_limit = entry.hop_limit;
  out.traffic_class = entry.traffic_class;
  out.header.seq = entry.snd_nxt;
  out.header.ack = entry.rcv_nxt;
  out.header.flags.ack = true;
  out.header.wnd = static_cast<std::uint16_t>(std::min<std::uint32_t>(entry.rcv_wnd >> entry.rcv_scale, 65535));
  if (entry.timestamps) out.header.options.timestamps = {TimestampClock::ticks(now) + entry.ts_offset, entry.ts_recent};
  replies_.push(out, counters);
}

void Endpoints::arrives_in_time_wait(Instant now, const Segment& seg, TimeWaitEntry& entry, Counters& counters) {
  // MAY-2 (§3.6.1): a SYN beyond the last sequence number of the old connection opens a new one, whose own numbers
  // begin beyond the old ones too.
  const Listener* listener = listeners_.find(seg.sockets.local);
  if (seg.flags.syn && !seg.flags.ack && !seg.flags.rst && seg.seq > entry.rcv_nxt && listener != nullptr) {
    const Seq iss = later(isns_.choose(now, seg.sockets), entry.snd_nxt + 65536);
    time_wait_.erase(entry.sockets);
    counters.add(Counter::tcp_time_wait_reused);
    return arrives_in_listen(now, seg, *listener, iss, counters);
  }
  // First, check sequence number. "The only thing that can arrive in this state is a retransmission of the remote FIN.
  // Acknowledge it, and restart the 2 MSL timeout."
  const std::uint32_t len = seg.len();
  const bool acceptable = in_window(seg.seq, entry.rcv_nxt, entry.rcv_wnd) || (len == 0 && seg.seq == entry.rcv_nxt);
  const bool fin_again = seg.flags.fin && seg.seq + len == entry.rcv_nxt;
  if (!acceptable) {
    counters.add(seg.flags.rst ? Counter::tcp_rst_ignored : Counter::tcp_unacceptable);
    if (seg.flags.rst) return;
    if (fin_again) time_wait_.restart(entry, now + 2 * config_.msl);
    if (len == 0 && !entry.challenge_acks.allow(now)) return counters.add(Counter::tcp_challenge_acks_limited);
    return acknowledge(now, entry, counters);
  }
  // Second, check the RST bit; fourth, the SYN bit: RFC 5961 §3.2, §4.2.
  const bool rst_at_edge = seg.flags.rst && seg.seq == entry.rcv_nxt;
  if (rst_at_edge) {
    counters.add(Counter::tcp_resets_received);
    return time_wait_.erase(entry.sockets);
  }
  if (seg.flags.rst || seg.flags.syn) {
    counters.add(seg.flags.rst ? Counter::tcp_rst_in_window : Counter::tcp_syn_challenged);
    if (!entry.challenge_acks.allow(now)) return counters.add(Counter::tcp_challenge_acks_limited);
    counters.add(Counter::tcp_challenge_acks_sent);
    return acknowledge(now, entry, counters);
  }
  // Fifth, check the ACK field; sixth to eighth: URG and text are ignored after the peer's FIN.
  if (!seg.flags.ack) return counters.add(Counter::tcp_ack_missing);
  if (!seg.text.empty()) counters.add(Counter::tcp_text_ignored);
  if (seg.ack > entry.snd_nxt || len > 0) acknowledge(now, entry, counters);
}

}  // namespace handwave::tcp
