// The user calls on one connection: RFC 9293 §3.10.2-6. OPEN is a constructor of Connection.
#include <algorithm>

#include "stack/tcp/connection.hpp"
#include "stack/tcp/user_timeout.hpp"

namespace handwave::tcp {
namespace {

/// Of the numbers on the circle, half can be told to lie ahead (§3.4); a quarter is as much as any window (RFC 7323
/// §2.3).
constexpr std::size_t longest_send_queue = std::size_t{1} << 30;

}  // namespace

// ---- SEND, §3.10.2 ----

Connection::Result<std::size_t> Connection::send(Instant now, Bytes octets) {
  const std::size_t limit = std::min<std::size_t>(send_buffer_, longest_send_queue);
  const std::size_t room = limit - std::min(limit, send_queue_.size());
  const std::size_t count = std::min(octets.size(), room);
  if (count < octets.size()) wants_room_ = true;
  return append(now, octets.first(count), octets.size());
}

Connection::Result<std::size_t> Connection::send(Instant now, Slice octets) {
  const std::size_t asked = octets.size();
  const bool full = send_queue_.size() >= send_buffer_;
  octets.truncate(full ? 0 : longest_send_queue - send_queue_.size());
  if (octets.size() < asked) wants_room_ = true;
  return append(now, std::move(octets), asked);
}

template <class Octets>
Connection::Result<std::size_t> Connection::append(Instant now, Octets octets, std::size_t asked) {
  if (state_ == State::closed) return std::unexpected(TcpError::connection_does_not_exist);
  if (closing_ || state_ == State::time_wait) return std::unexpected(TcpError::connection_closing);
  if (octets.empty() && asked > 0) return std::unexpected(TcpError::would_block);
  const std::size_t queued = send_queue_.append(std::move(octets));
  arm_timers(now);
  return queued;
}

Connection::Result<std::size_t> Connection::send_urgent(Instant now, Bytes octets) {
  const auto queued = send(now, octets);
  if (queued && *queued > 0) snd_.up = text_end();  // MUST-30, MUST-31, MUST-62 (§3.8.5)
  return queued;
}

// ---- RECEIVE, §3.10.3 ----

Connection::Result<Slice> Connection::receive(std::size_t max) {
  if (max == 0) return Slice{};
  Slice text = receive_queue_.take(max);
  if (text.empty()) {
    if (!fin_received_) {
      if (gone()) return std::unexpected(TcpError::connection_does_not_exist);
      return std::unexpected(TcpError::would_block);
    }
    reading_done_ = true;
    return text;
  }
  if (rcv_.up && *rcv_.up <= rcv_.nxt - static_cast<std::uint32_t>(unread())) rcv_.up.reset();
  if (!fin_received_ && !gone() && window_.would_grow(rcv_.nxt, unread(), receive_mss(), rcv_.scale))
    acknowledge_progress();
  return text;
}

// ---- CLOSE, §3.10.4 ----

Connection::Result<void> Connection::close(Instant now, CloseKind kind, Context& context) {
  if (gone() && reading_done_) return std::unexpected(TcpError::connection_does_not_exist);
  if (kind == CloseKind::both && !abandoned_) {
    abandoned_ = true;
    if (window_closed()) unacknowledged_since_ = now;  // R2 counts again, see user_timeout_at()
  }
  if (kind == CloseKind::both && !reading_done_) {
    const bool data_lost = !receive_queue_.empty() || !reassembly_.empty();
    reading_done_ = true;
    receive_queue_.clear();
    if (!gone() && data_lost) {  // SHLD-3 (§3.6.1)
      reset_peer(now, context);
      finish({});
      return {};
    }
  } else if (state_ == State::closed) {
    return std::unexpected(TcpError::connection_does_not_exist);
  } else if (closing_ || gone()) {
    return std::unexpected(TcpError::connection_closing);
  }
  if (closing_ || gone()) {
    arm_timers(now);
    return {};
  }
  closing_ = true;
  switch (state_) {
    case State::syn_sent:
      finish({});
      break;
    case State::syn_received:
      // "If no SENDs have been issued and there is no pending data to send", else it waits for ESTABLISHED.
      if (send_queue_.empty()) enter(State::fin_wait_1);
      break;
    case State::established:
      enter(State::fin_wait_1);
      break;
    default:
      break;  // CLOSE-WAIT: "queue this request until all preceding SENDs have been segmentized", see text_left()
  }
  arm_timers(now);
  return {};
}

// ---- ABORT, §3.10.5 ----

void Connection::abort(Instant now, Context& context) {
  if (gone()) return;
  abort(now, TcpError::connection_aborted, context);
}

void Connection::abort(Instant now, std::error_code why, Context& context) {
  switch (state_) {
    case State::syn_received:
    case State::established:
    case State::fin_wait_1:
    case State::fin_wait_2:
    case State::close_wait:
      reset_peer(now, context);
      break;
    default:
      break;
  }
  finish(why);
}

/// <SEQ=SND.NXT><CTL=RST>
void Connection::reset_peer(Instant now, Context& context) {
  OutgoingSegment reset;
  reset.sockets = sockets_;
  reset.header.seq = seq_without_text();
  reset.header.flags.rst = true;
  if (ts_.enabled) reset.header.options.timestamps = timestamps(now);  // RFC 7323 §5.2
  reset.hop_limit = options_.hop_limit;
  reset.traffic_class = options_.traffic_class;
  reset.route = route_;
  context.counters.add(Counter::tcp_resets_sent);
  context.replies.push_last_word(reset);
}

// ---- STATUS, §3.10.6 ----

Status Connection::status() const {
  Status status;
  status.sockets = sockets_;
  status.state = state_;
  status.receive_window = rcv_wnd();
  status.send_window = snd_.wnd;
  status.awaiting_acknowledgment = send_queue_.size();
  status.pending_receipt = unread();
  if (rcv_.up) {  // MUST-33 (§3.8.5)
    const Seq consumed = rcv_.nxt - static_cast<std::uint32_t>(unread());
    status.urgent_pending = static_cast<std::size_t>(std::max(0, *rcv_.up - consumed));
  }
  status.congestion_window = congestion_.window();
  status.slow_start_threshold = congestion_.threshold();
  status.smoothed_rtt = rto_.smoothed();
  status.retransmission_timeout = rto_.value();
  status.effective_mss = static_cast<std::uint16_t>(effective_mss());
  status.user_timeout = give_up_after_;
  status.peer_user_timeout = user_timeout_of(remote_user_timeout_);
  status.ecn = ecn_.capable();
  return status;
}

void Connection::set_options(Instant now, const ConnectionOptions& options) {
  const ConnectionOptions before = options_;
  options_ = options;
  options_.send_buffer = before.send_buffer;
  options_.receive_buffer = before.receive_buffer;
  keep_alive_.heard(now, keep_alive());
  if (options_.user_timeout != before.user_timeout || !before.user_timeout_option.enabled)
    user_timeout_due_ = options_.user_timeout_option.enabled;
  if (state_ != State::syn_sent) adopt_user_timeout(now);
}

}  // namespace handwave::tcp
