// SEGMENT ARRIVES in the LISTEN state, RFC 9293 §3.10.7.2, and in the SYN-RECEIVED of a passive OPEN, §3.10.7.4, while
// the handshake lives in the SYN cache (RFC 4987 §3.5), or in a cookie (§3.6).
#include <algorithm>

#include "stack/tcp/endpoints.hpp"

namespace handwave::tcp {
namespace {

/// SYN,ACKs are sent again after 1, 2, 4, ... seconds, a minute at most. MUST-23 (§3.8.3): for at least 3 minutes; the
/// last of eight leaves after 183 s.
constexpr std::uint8_t most_retransmissions = 8;

Duration retransmit_after(std::uint8_t retransmissions) {
  return std::min<Duration>(std::chrono::seconds{1U << std::min<unsigned>(retransmissions, 6)},
                            std::chrono::seconds{60});
}

/// What is remembered of the SYN `seg`; our own numbers are left to be chosen.
HalfOpen half_open_of(const Segment& seg, const Listener& listener, const StackConfig& config) {
  HalfOpen half_open;
  half_open.sockets = seg.sockets;
  half_open.irs = seg.seq;
  half_open.listener = listener.id.index;
  half_open.listener_generation = listener.id.generation;
  half_open.peer_mss = seg.options.mss.value_or(default_mss(seg.sockets));
  half_open.wnd = seg.wnd;
  half_open.rcv_wnd = std::min(listener.options.connection.receive_buffer.initial, std::uint32_t{65535});
  if (seg.options.window_scale)
    half_open.peer_window_scale = static_cast<std::int8_t>(std::min<std::uint8_t>(*seg.options.window_scale, 14));
  half_open.sack_permitted = config.selective_acknowledgment && seg.options.sack_permitted;
  half_open.timestamps = seg.options.timestamps.has_value();
  if (half_open.timestamps) half_open.ts_recent = seg.options.timestamps->value;
  half_open.ecn = Ecn{listener.options.connection.ecn};
  half_open.ecn.syn_arrives(seg.flags);
  half_open.return_route = seg.return_route;  // MUST-53 (§3.9.2.1)
  return half_open;
}

/// The TCP header that every segment of a half-open connection has in common.
OutgoingSegment segment_of(Instant now, const HalfOpen& half_open, const ConnectionOptions& options,
                           std::uint32_t timestamp_offset) {
  OutgoingSegment out;
  out.sockets = half_open.sockets;
  out.hop_limit = options.hop_limit;
  out.traffic_class = options.traffic_class;
  out.route = half_open.return_route;
  out.header.flags.ack = true;
  out.header.ack = half_open.irs + 1;
  out.header.wnd = static_cast<std::uint16_t>(half_open.rcv_wnd);  // at most 65535: not scaled yet
  if (half_open.timestamps)
    out.header.options.timestamps = {TimestampClock::ticks(now) + timestamp_offset, half_open.ts_recent};
  return out;
}

}  // namespace

void Endpoints::arrives_in_listen(Instant now, Segment& seg, Listener& listener, std::uint16_t path_mtu,
                                  Counters& counters) {
  // First, check for a RST: ignored. Second, for an ACK: any is bad here, unless it brings a SYN back that we know of
  // no more.
  if (seg.flags.rst) return counters.add(Counter::tcp_rst_ignored);
  if (seg.flags.ack) {
    if (const auto half_open = cookies_.read(now, seg))
      return complete_handshake(now, seg, *half_open, listener, path_mtu, counters);
    if (may_follow_a_cookie(now, seg)) return counters.add(Counter::tcp_syn_cookies_failed);
    counters.add(Counter::tcp_no_connection);
    Context context{config_, counters, replies_, buffers_};
    return reply_with_reset(seg, context);
  }
  // Third, check for a SYN. Fourth, other text or control: drop it.
  if (!seg.flags.syn) return counters.add(Counter::tcp_ack_missing);
  if (begin_handshake(now, seg, listener, isns_.choose(now, seg.sockets), counters)) return;
  send_cookie(now, seg, listener, counters);
}

/// True for the later text, or FIN, of a peer whose first segment, which has the cookie, is lost or late. Nothing tells
/// them from stray ones. A RST would be that peer's end, and so they are dropped: what is lost comes again. A bare ACK
/// does not, and it cannot be such a peer's: until we have sent anything, all its bare ACKs have the cookie. So it is
/// answered as at any other time (§3.10.7.2 second), and a host that has lost its connections says so.
bool Endpoints::may_follow_a_cookie(Instant now, const Segment& seg) const {
  return cookies_.sent_recently(now) && !seg.flags.syn && seg.len() > 0;
}

/// Answers the SYN with ours, `iss`, once the SYN cache has it; false if that is full.
bool Endpoints::begin_handshake(Instant now, const Segment& seg, const Listener& listener, Seq iss,
                                Counters& counters) {
  HalfOpen half_open = half_open_of(seg, listener, config_);
  half_open.iss = iss;
  half_open.sent_at = now;
  half_open.ecn.sends_syn_ack();
  half_open.deadline = now + retransmit_after(0);
  if (half_open_.insert(half_open) == nullptr) return false;
  replies_.push(syn_ack_of(now, half_open, listener.options.connection), counters);
  return true;
}

/// RFC 4987 §3.7: where the SYN cache is full, a SYN,ACK of which nothing is remembered here.
void Endpoints::send_cookie(Instant now, const Segment& seg, const Listener& listener, Counters& counters) {
  HalfOpen half_open = half_open_of(seg, listener, config_);
  if (!half_open.timestamps) {  // TSval is what brings these back
    half_open.peer_window_scale = -1;
    half_open.sack_permitted = false;
  }
  half_open.ecn = Ecn{};  // a cookie has no room for it
  const auto cookie = cookies_.make(now, half_open, timestamps_.now(now, seg.sockets));
  half_open.iss = cookie.iss;
  OutgoingSegment out = syn_ack_of(now, half_open, listener.options.connection);
  if (half_open.timestamps) out.header.options.timestamps->value = cookie.tsval;
  counters.add(Counter::tcp_syn_cookies_sent);
  replies_.push(out, counters);
}

/// <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>
OutgoingSegment Endpoints::syn_ack_of(Instant now, const HalfOpen& half_open, const ConnectionOptions& options) const {
  OutgoingSegment out = segment_of(now, half_open, options, timestamps_.offset(half_open.sockets));
  out.header.flags.syn = true;
  out.header.flags.ece = half_open.ecn.agrees();
  out.header.seq = half_open.iss;
  out.header.options.mss = announced_mss(half_open.sockets, config_.mtu);  // MUST-14, MUST-67
  if (half_open.peer_window_scale >= 0) out.header.options.window_scale = announced_scale(options);
  out.header.options.sack_permitted = half_open.sack_permitted;
  return out;
}

void Endpoints::send_syn_ack_again(Instant now, HalfOpen& half_open, Counters& counters) {
  const Listener* listener = listeners_.find(half_open.sockets.local);
  counters.add(Counter::tcp_retransmitted_segments);
  half_open.ecn.sends_syn_ack();
  half_open.sent_at = now;
  replies_.push(syn_ack_of(now, half_open, listener != nullptr ? listener->options.connection : ConnectionOptions{}),
                counters);
}

/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
void Endpoints::acknowledge(Instant now, const HalfOpen& half_open, Counters& counters) {
  const Listener* listener = listeners_.find(half_open.sockets.local);
  const ConnectionOptions options = listener != nullptr ? listener->options.connection : ConnectionOptions{};
  OutgoingSegment out = segment_of(now, half_open, options, timestamps_.offset(half_open.sockets));
  out.header.seq = half_open.iss + 1;
  // RFC 7323 §2.3: on what is no SYN the peer scales the window up again.
  if (half_open.peer_window_scale >= 0) out.header.wnd >>= announced_scale(options);
  replies_.push(out, counters);
}

void Endpoints::arrives_half_open(Instant now, Segment& seg, HalfOpen& half_open, std::uint16_t path_mtu,
                                  Counters& counters) {
  const Seq rcv_nxt = half_open.irs + 1;
  // First, check sequence number. The SYN that we know already is acknowledged with our SYN, which it asks for again.
  if (seg.flags.syn && !seg.flags.ack && !seg.flags.rst && seg.seq == half_open.irs) {
    half_open.retransmissions = std::max<std::uint8_t>(half_open.retransmissions, 1);  // Karn: no RTT from this one
    half_open.ecn.syn_arrives(seg.flags);                             // RFC 3168 §6.1.1.1: it may ask no more
    if (seg.return_route) half_open.return_route = seg.return_route;  // SHLD-24
    return send_syn_ack_again(now, half_open, counters);
  }
  if (!acceptable(seg, rcv_nxt, half_open.rcv_wnd)) {
    counters.add(seg.flags.rst ? Counter::tcp_rst_ignored : Counter::tcp_unacceptable);
    if (seg.flags.rst) return;
    if (seg.len() == 0 && !half_open_challenges_.allow(now)) return counters.add(Counter::tcp_challenge_acks_limited);
    return acknowledge(now, half_open, counters);
  }
  // Second, check the RST bit. MUST-11 (§3.5): back to LISTEN, and the user need not be informed.
  if (seg.flags.rst) {
    if (seg.seq == rcv_nxt) {
      counters.add(Counter::tcp_resets_received);
      return half_open_closed(HalfOpen{half_open}, counters);
    }
    counters.add(Counter::tcp_rst_in_window);
    if (!half_open_challenges_.allow(now)) return counters.add(Counter::tcp_challenge_acks_limited);
    counters.add(Counter::tcp_challenge_acks_sent);
    return acknowledge(now, half_open, counters);
  }
  // Fourth, check the SYN bit: a passive OPEN returns to LISTEN.
  if (seg.flags.syn) return half_open_closed(HalfOpen{half_open}, counters);
  // Fifth, check the ACK field.
  if (!seg.flags.ack) return counters.add(Counter::tcp_ack_missing);
  const auto cookie = seg.ack == half_open.iss + 1 ? std::nullopt : cookies_.read(now, seg);
  if (seg.ack != half_open.iss + 1 && !cookie) {
    if (may_follow_a_cookie(now, seg)) return counters.add(Counter::tcp_syn_cookies_failed);
    counters.add(Counter::tcp_ack_unacceptable);
    Context context{config_, counters, replies_, buffers_};
    return reply_with_reset(seg, context);
  }
  // (Or of the cookie that we sent before there was room for the peer's second SYN.)
  Listener* listener = listeners_.find(ListenerId{half_open.listener, half_open.listener_generation});
  if (listener != nullptr) complete_handshake(now, seg, cookie.value_or(half_open), *listener, path_mtu, counters);
}

/// The ACK of our SYN is there: only now is a connection made, in SYN-RECEIVED, and the segment goes through all its
/// steps.
void Endpoints::complete_handshake(Instant now, Segment& seg, const HalfOpen& half_open, Listener& listener,
                                   std::uint16_t path_mtu, Counters& counters) {
  // A full backlog drops the ACK. The peer's text, or our next SYN,ACK, gives another chance (after a cookie, the text
  // alone).
  if (listener.waiting.size() >= listener.options.backlog) return counters.add(Counter::tcp_backlog_full);
  Context context{config_, counters, replies_, buffers_};
  auto opened = opening(now, half_open.sockets, listener.options.connection, path_mtu);
  opened.iss = half_open.iss;
  opened.route = half_open.return_route;
  const Connection connection{now, opened, half_open, context};
  if (slots_.size() - free_.size() >= config_.max_connections) return counters.add(Counter::tcp_connection_limit);
  half_open_.erase(half_open.sockets);
  const auto id = add(connection, counters);
  slots_[id->index].connection->segment_arrives(now, std::move(seg), context);
  if (slots_[id->index].connection->state() == State::syn_received) {
    // A step before the fifth stopped it (PAWS, say): the handshake is as it was.
    release(id->index);
    if (!half_open.from_cookie) half_open_.insert(half_open);
    return;
  }
  time_wait_.erase(half_open.sockets);  // MAY-2 (§3.6.1): now the old connection is over
  counters.add(Counter::tcp_connections_accepted);
  if (half_open.from_cookie) counters.add(Counter::tcp_syn_cookies_accepted);
  listener.waiting.push_back(*id);
  if (!listener.told) {
    listener.told = true;
    Event event;
    event.listener = listener.id;
    event.acceptable = true;
    events_.push_back(event);
  }
  settle(now, id->index, counters);
}

void Endpoints::half_open_timeout(Instant now, HalfOpen& half_open, Counters& counters) {
  if (half_open.retransmissions >= most_retransmissions) {
    counters.add(Counter::tcp_syn_cache_expired);
    return half_open_closed(HalfOpen{half_open}, counters);
  }
  ++half_open.retransmissions;
  send_syn_ack_again(now, half_open, counters);
  half_open_.reschedule(half_open, now + retransmit_after(half_open.retransmissions));
}

void Endpoints::half_open_closed(const HalfOpen& half_open, Counters& counters) {
  counters.add(Counter::tcp_connections_closed);
  half_open_.erase(half_open.sockets);
}

}  // namespace handwave::tcp
