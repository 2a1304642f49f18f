// SEGMENT ARRIVES in TIME-WAIT: RFC 9293 §3.10.7.4, its eight steps for that state; §3.6.1.
#include <algorithm>

#include "stack/tcp/endpoints.hpp"

namespace handwave::tcp {
namespace {

/// True if the segment may open a connection in the old one's place (MAY-2): by its timestamp where that decides, else
/// by the sequence number; the largest that the peer used is its FIN's. SHLD-4, RFC 6191 §2:
///
///     timestamps before   and now           honoured
///     yes                 greater           yes
///     yes                 the same, none    if SEG.SEQ is greater
///     yes                 smaller           no
///     no                  any               yes
///     no                  none              if SEG.SEQ is greater
bool opens_anew(const Segment& seg, const TimeWaitEntry& entry) {
  if (!seg.flags.syn || seg.flags.ack || seg.flags.rst) return false;
  if (seg.options.timestamps) {
    if (!entry.timestamps) return true;
    const auto ahead = static_cast<std::int32_t>(seg.options.timestamps->value - entry.ts_recent);
    if (ahead != 0) return ahead > 0;
  }
  return seg.seq > entry.rcv_nxt - 1;
}

}  // namespace

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
  out.route = entry.route;
  out.header.seq = entry.snd_nxt;
  out.header.ack = entry.rcv_nxt;
  out.header.flags.ack = true;
  out.header.wnd = static_cast<std::uint16_t>(std::min<std::uint32_t>(entry.rcv_wnd >> entry.rcv_scale, 65535));
  if (entry.timestamps) out.header.options.timestamps = {TimestampClock::ticks(now) + entry.ts_offset, entry.ts_recent};
  replies_.push(out, counters);
}

void Endpoints::arrives_in_time_wait(Instant now, const Segment& seg, TimeWaitEntry& entry, Counters& counters) {
  // MAY-2 (§3.6.1): a new connection, whose own numbers begin beyond the old one's. TIME-WAIT goes on behind it until
  // the handshake is complete: should the SYN turn out to be an old duplicate, that is the state to return to.
  const Listener* listener = listeners_.find(seg.sockets.local);
  if (listener != nullptr && opens_anew(seg, entry)) {
    const Seq iss = later(isns_.choose(now, seg.sockets), entry.snd_nxt + 65536);
    // No cookie where the cache is full: its number would lie anywhere, and MAY-2 wants it beyond the old ones.
    const bool begun = begin_handshake(now, seg, *listener, iss, counters);
    return counters.add(begun ? Counter::tcp_time_wait_reused : Counter::tcp_syn_cache_full);
  }
  const auto acknowledge_within_rate = [&](Counter answered) {
    counters.add(answered);
    if (!entry.challenge_acks.allow(now)) return counters.add(Counter::tcp_challenge_acks_limited);
    counters.add(Counter::tcp_challenge_acks_sent);
    acknowledge(now, entry, counters);
  };
  // U-3, wherever it lies. RFC 6191 §2 would drop it "silently"; by the ACK a peer that forgot the old connection
  // learns of it, resets it, and is in with its next SYN.
  if (seg.flags.syn && !seg.flags.rst) return acknowledge_within_rate(Counter::tcp_syn_challenged);
  const std::uint32_t len = seg.len();
  const auto unacceptable = [&](Counter reason) {
    if (len == 0) return acknowledge_within_rate(reason);
    counters.add(reason);
    acknowledge(now, entry, counters);
  };
  // PAWS, RFC 7323 §5.3 R1, and §3.2. (TS.Recent is no older than the FIN, far from outdated.)
  if (entry.timestamps && !seg.flags.rst) {
    if (!seg.options.timestamps) return counters.add(Counter::tcp_timestamp_missing);
    if (static_cast<std::int32_t>(seg.options.timestamps->value - entry.ts_recent) < 0)
      return unacceptable(Counter::tcp_paws_rejected);
  }
  // First, check sequence number. "The only thing that can arrive in this state is a retransmission of the remote FIN.
  // Acknowledge it, and restart the 2 MSL timeout."
  if (!acceptable(seg, entry.rcv_nxt, entry.rcv_wnd) && seg.seq != entry.rcv_nxt) {
    if (seg.flags.rst) return counters.add(Counter::tcp_rst_ignored);
    if (seg.flags.fin && seg.seq + len == entry.rcv_nxt) time_wait_.restart(entry, now + 2 * config_.msl);
    return unacceptable(Counter::tcp_unacceptable);
  }
  // Second, check the RST bit: RFC 5961 §3.2.
  if (seg.flags.rst) {
    if (seg.seq != entry.rcv_nxt) return acknowledge_within_rate(Counter::tcp_rst_in_window);
    counters.add(Counter::tcp_resets_received);
    return time_wait_.erase(entry.sockets);
  }
  // Fifth, check the ACK field: MAY-12, by the largest window that there can be.
  if (!seg.flags.ack) return counters.add(Counter::tcp_ack_missing);
  if (seg.ack < entry.snd_nxt - ReceiveWindow::max_buffer || seg.ack > entry.snd_nxt)
    return acknowledge_within_rate(Counter::tcp_ack_unacceptable);
  // Sixth and seventh, URG and text: ignored after the peer's FIN. Eighth, check the FIN bit: restart the timeout.
  if (!seg.text.empty()) counters.add(Counter::tcp_text_ignored);
  if (seg.flags.fin) time_wait_.restart(entry, now + 2 * config_.msl);
  if (len > 0) acknowledge(now, entry, counters);
}

}  // namespace handwave::tcp
