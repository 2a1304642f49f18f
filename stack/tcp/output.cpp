// What to send now: RFC 9293 §3.7 (segmentation), §3.8 (data communication). One segment, or super-segment, a call.
#include <algorithm>
#include <span>

#include "stack/expects.hpp"
#include "stack/tcp/connection.hpp"
#include "stack/tcp/silly_window.hpp"
#include "stack/tcp/user_timeout.hpp"

namespace handwave::tcp {
namespace {

/// §3.8.6.2.1: the override timeout, between 0.1 and 1.0 seconds.
constexpr Duration override_timeout = std::chrono::milliseconds{500};

}  // namespace

bool Connection::next_segment(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  if (gone()) return false;
  pace_waits_ = false;
  const bool sent = send_syn(now, out, context) || send_again(now, out, packet, context) ||
                    send_loss_probe(now, out, packet, context) || send_path_mtu_probe(now, out, packet, context) ||
                    send_new(now, out, packet, context) || send_window_probe(now, out, packet, context) ||
                    send_keep_alive(now, out, context) || send_acknowledgment(now, out);
  if (!sent) {
    congestion_.turn_ended(flight().size(), congestion_room(), pace_waits_);
    arm_timers(now);
  }
  return sent;
}

/// The header that every segment has in common, and the window that it offers.
void Connection::begin(Instant now, OutgoingSegment& out, Seq seq) {
  out = OutgoingSegment{};
  out.sockets = sockets_;  // MUST-45 (§3.9.1.1): the local address never changes
  out.hop_limit = options_.hop_limit;
  out.traffic_class = options_.traffic_class;
  out.route = route_;
  out.header.seq = seq;
  if (ts_.enabled) out.header.options.timestamps = timestamps(now);
  if (state_ == State::syn_sent) return;
  out.header.flags.ack = true;
  out.header.flags.ece = ecn_.echoes();  // RFC 3168 §6.1.3
  out.header.ack = rcv_.nxt;
  ts_.last_ack_sent = rcv_.nxt;
  const unsigned scale = syn_due_ ? 0 : rcv_.scale;  // RFC 7323 §2.2: not scaled on a SYN
  out.header.wnd = static_cast<std::uint16_t>(window_.offer(rcv_.nxt, unread(), receive_mss(), scale) >> scale);
}

bool Connection::send_syn(Instant now, OutgoingSegment& out, Context& context) {
  if (!syn_due_) return false;
  begin(now, out, snd_.iss);
  syn_due_ = false;
  out.header.flags.syn = true;
  if (out.header.flags.ack) {
    out.header.flags.ece = ecn_.sends_syn_ack();
  } else {
    out.header.flags.ece = out.header.flags.cwr = ecn_.sends_syn(retransmissions_ > 0);
    out.header.wnd = static_cast<std::uint16_t>(window_.on_first_syn());
  }
  out.header.options.mss = local_mss_;  // MUST-14, MUST-67, SHLD-5, MAY-3 (§3.7.1); MUST-65 (§3.2): only here
  if (window_scaling_) out.header.options.window_scale = rcv_.scale;
  out.header.options.sack_permitted = sack_permitted_;
  if (user_timeout_due_ && !passive_) tell_user_timeout(out, effective_mss());
  if (retransmissions_ > 0) {
    context.counters.add(Counter::tcp_retransmitted_segments);
  } else if (state_ == State::syn_sent) {
    timed_seq_ = snd_.nxt;
    timed_at_ = now;
  }
  return true;
}

/// Adds up to `count` octets of text from the header's sequence number on, with the flags that follow from where they
/// end: PSH with the last octet queued (MUST-61), FIN behind it if CLOSE was called. A FIN takes a place in the window
/// like any octet (§3.4), so text that fills the window leaves without it. Returns where the segment ends.
Seq Connection::fill_text(OutgoingSegment& out, OutgoingPacket& packet, std::uint32_t count) {
  const Seq seq = out.header.seq;
  const auto offset = static_cast<std::size_t>(seq - text_una());
  const auto added = static_cast<std::uint32_t>(send_queue_.gather(offset, count, packet));
  if (added > effective_mss()) out.segment_size = static_cast<std::uint16_t>(effective_mss());
  // RFC 2018 §4: all segments that acknowledge report, where there is room beside the text.
  if (wire::TcpOptions options = out.header.options; added < effective_mss()) {
    report_what_is_held(options);
    if (wire::tcp_options_size(options) - wire::tcp_options_size(out.header.options) + added <= effective_mss()) {
      if (options.sack_count != 0) duplicate_.reset();
      out.header.options = options;
    }
  }
  if (user_timeout_due_)
    tell_user_timeout(out, added < effective_mss() && out.header.options.sack_count == 0 ? effective_mss() - added : 0);
  Seq end = seq + added;
  if (end == text_end()) {
    out.header.flags.psh = added > 0;
    if (closing_ && (added == 0 || end < snd_.una + snd_.wnd)) {
      out.header.flags.fin = true;
      end += 1;
    }
  }
  if (snd_.up && seq < *snd_.up) {  // MUST-30, MUST-62 (§3.8.5)
    out.header.flags.urg = true;
    out.header.up = static_cast<std::uint16_t>(std::min(*snd_.up - seq, 65535));
  }
  return end;
}

/// A segment with text or FIN, from `begin` up to `end`, is on its way.
void Connection::text_left(Instant now, Seq begin, Seq end, Context& context) {
  recovery_.sent(now, begin, end, flight());
  if (const auto rate = pace()) pacer_.sent(now, end.value() - begin.value(), *rate);
  if (snd_.nxt < end) {
    if (!outstanding()) unacknowledged_since_ = now;
    snd_.nxt = end;
    if (!timed_seq_) {
      timed_seq_ = end;
      timed_at_ = now;
    }
  } else {
    timed_seq_.reset();  // Karn
    context.counters.add(Counter::tcp_retransmitted_segments);
    if (recovery_.restarts_timer() && begin == snd_.una) retransmit_at_.reset();
  }
  if (state_ == State::close_wait && fin_sent()) enter(State::last_ack);  // §3.10.4
  last_sent_ = now;
  override_at_.reset();
  override_due_ = false;
  if (!retransmit_at_ && !persist_.running()) start_retransmission_timer(now);  // RFC 6298 (5.1)
  acks_.piggybacked();
}

/// Octets that one (super-)segment may carry: a whole number of segments, as many as fit a packet for the device.
std::uint32_t Connection::text_limit(const Context& context) const {
  constexpr std::uint32_t headers = 128;  // more than IP and TCP with all their options
  const std::uint32_t mss = effective_mss();
  // A device that cuts a super-segment copies the urgent pointer, and makes each piece urgent up to another octet; and
  // that it copies the options of IP is nothing to rely on.
  if (context.config.max_packet <= path_mtu_ || snd_.up || route_) return mss;
  return std::max(mss, (context.config.max_packet - headers) / mss * mss);
}

std::optional<Pace> Connection::pace() const {
  if (!options_.pacing || !Pace::is_of_use(rto_.smoothed())) return std::nullopt;
  return Pace::of(congestion_.window(), congestion_.slow_start(), rto_.smoothed(), effective_mss());
}

/// RFC 9002 §7.7: of so many octets those whose time has come, in whole segments. Retransmission timeouts and probes,
/// of a segment each, do not wait.
std::uint32_t Connection::at_pace(Instant now, std::uint32_t count) {
  const auto rate = pace();
  if (!rate || count == 0) return count;
  const std::uint32_t room = pacer_.room(now, *rate);
  pace_waits_ = room == 0;
  return count <= room ? count : room - room % effective_mss();
}

bool Connection::send_again(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  const auto resend = recovery_.next(flight());
  if (!resend || syn_outstanding() || window_closed()) return false;
  // MUST-34, SHLD-16 (§3.8.6): up to SND.UNA+SND.WND where the window shrank, normally.
  const auto window_room = static_cast<std::uint32_t>(std::max(0, snd_.una + snd_.wnd - resend->from));
  std::uint32_t room = std::min(window_room, text_limit(context));
  const std::uint32_t mss = effective_mss();
  const std::uint32_t segments = congestion_room() / mss;
  room = std::min(room, resend->regardless ? mss : segments * mss);
  const Seq text_to = earlier(resend->to, text_end());
  auto count = std::min(static_cast<std::uint32_t>(std::max(0, text_to - resend->from)), room);
  if (!resend->regardless) count = at_pace(now, count);
  // A FIN alone leaves whatever cwnd says, as in send_new(): that limits data (RFC 5681 §2), and of a FIN there is one.
  if (count == 0 && resend->from != text_end()) return false;
  begin(now, out, resend->from);
  const Seq end = fill_text(out, packet, count);
  text_left(now, out.header.seq, end, context);
  return true;
}

/// RFC 8985 §7.3: the next segment of new text if there is one and the peer's window has room for it, else the last one
/// that was sent; whatever cwnd says.
bool Connection::send_loss_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  if (!loss_probe_due_) return false;
  loss_probe_due_ = false;
  if (!outstanding() || window_closed() || syn_outstanding()) return false;
  const auto window_room = static_cast<std::uint32_t>(std::max(0, snd_.una + snd_.wnd - snd_.nxt));
  const auto queued = silent_until_ ? 0 : static_cast<std::uint32_t>(std::max(0, text_end() - snd_.nxt));
  std::uint32_t count = std::min({queued, window_room, effective_mss()});
  const bool retransmission = count == 0;
  if (retransmission) count = std::min(effective_mss(), flight().size());
  begin(now, out, retransmission ? snd_.nxt - count : snd_.nxt);
  if (!retransmission) say_ecn_capable(out);
  if (retransmission) count = static_cast<std::uint32_t>(std::max(0, earlier(snd_.nxt, text_end()) - out.header.seq));
  text_left(now, out.header.seq, fill_text(out, packet, count), context);
  recovery_.probed(snd_.nxt, retransmission);
  context.counters.add(Counter::tcp_tail_loss_probes);
  return true;
}

bool Connection::send_new(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  if (silent_until_) return false;
  // A FIN may follow the SYN,ACK before that is acknowledged: CLOSE in SYN-RECEIVED (§3.10.4). Text waits.
  if ((syn_outstanding() && state_ != State::fin_wait_1) || state_ == State::syn_sent || !unsent()) return false;
  if (waits_for_probe(now, context.config)) return false;
  if (!outstanding() && now - last_sent_ > rto_.value()) congestion_.restart_after_idle(effective_mss(), snd_.nxt);
  const auto queued = static_cast<std::uint32_t>(text_end() - snd_.nxt);
  std::uint32_t count = 0;
  if (queued > 0) {
    // MUST-34 (§3.8.6): the usable window may be negative. SHLD-15: then nothing new is sent.
    const auto window_room = static_cast<std::uint32_t>(std::max(0, snd_.una + snd_.wnd - snd_.nxt));
    // SHLD-7 (§3.7.4): before a FIN there is nothing to wait for, since nothing will be written to join what is left.
    const bool more_may_come = !closing_;
    count = octets_to_send({.usable = std::min(window_room, congestion_room()),
                            .queued = queued,
                            .effective_mss = effective_mss(),
                            .largest_window = snd_.max_wnd,
                            .outstanding = outstanding(),
                            .nagle = options_.nagle && more_may_come,
                            .pushed = true,
                            .override_timeout = override_due_,
                            .limit = text_limit(context)});
    if (count == 0) {
      if (!outstanding() && !window_closed() && !override_at_) override_at_ = now + override_timeout;
      return false;
    }
    count = at_pace(now, count);
    if (count == 0) return false;
  } else if (snd_.una + snd_.wnd <= snd_.nxt) {
    return false;  // only the FIN is left, and the window has no place for it
  }
  begin(now, out, snd_.nxt);
  if (count > 0) say_ecn_capable(out);
  text_left(now, snd_.nxt, fill_text(out, packet, count), context);
  return true;
}

/// RFC 3168 §6.1.2: new text is ECN-capable, and the first of it tells that cwnd was reduced. §6.1.4, §6.1.5, §6.1.6:
/// that of a mark on anything else (an ACK, a retransmission, a window probe) nobody might hear. A device that cuts a
/// super-segment leaves CWR on its first piece alone.
void Connection::say_ecn_capable(OutgoingSegment& out) {
  if (!ecn_.capable()) return;
  out.ecn_capable = true;
  out.header.flags.cwr = congestion_.take_reduction();
}

/// MUST-35, MUST-36 (§3.8.6.1): one octet beyond the closed window, or the FIN if that is all there is.
bool Connection::send_window_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  if (!probe_due_) return false;
  probe_due_ = false;
  begin(now, out, snd_.una);
  const Seq end = fill_text(out, packet, 1);
  context.counters.add(Counter::tcp_zero_window_probes);
  text_left(now, out.header.seq, end, context);
  if (!probe_unanswered_ && !abandoned_) unacknowledged_since_ = now;
  probe_unanswered_ = true;
  return true;
}

/// SHLD-12 (§3.8.4): no text, SEG.SEQ = SND.NXT-1.
bool Connection::send_keep_alive(Instant now, OutgoingSegment& out, Context& context) {
  if (!keep_alive_due_) return false;
  keep_alive_due_ = false;
  if (outstanding()) return false;  // MUST-26: text has just left, and will do as a probe
  begin(now, out, snd_.nxt - 1);
  context.counters.add(Counter::tcp_keep_alives_sent);
  return true;
}

/// RFC 2018 §4: as many blocks as fit; beside timestamps the wire layer leaves out the fourth. RFC 2883 §4: what
/// arrived twice comes first, and the range that holds it, being the last that anything happened to, second.
void Connection::report_what_is_held(wire::TcpOptions& options) {
  if (!sack_permitted_ || (!duplicate_ && reassembly_.empty())) return;
  const std::size_t duplicates = duplicate_ ? 1 : 0;
  if (duplicate_) options.sack_blocks[0] = *duplicate_;
  const std::size_t held = reassembly_.sack_blocks(std::span(options.sack_blocks).subspan(duplicates));
  options.sack_count = static_cast<std::uint8_t>(duplicates + held);
}

/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
bool Connection::send_acknowledgment(Instant now, OutgoingSegment& out) {
  if (!acks_.due(now)) return false;
  begin(now, out, seq_without_text());
  report_what_is_held(out.header.options);
  if (user_timeout_due_) tell_user_timeout(out, out.header.options.sack_count == 0 ? effective_mss() : 0);
  duplicate_.reset();
  acks_.sent();
  return true;
}

/// RFC 5482 §3: in the next possible segment, and here that is one with room for it. (§3.2: it need not be reliable.)
void Connection::tell_user_timeout(OutgoingSegment& out, std::uint32_t room) {
  constexpr std::uint32_t option_size = 4;
  if (room < option_size) return;
  user_timeout_due_ = false;
  if (options_.user_timeout) out.header.options.user_timeout = user_timeout_field(*options_.user_timeout);
}

}  // namespace handwave::tcp
