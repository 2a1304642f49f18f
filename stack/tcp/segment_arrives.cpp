// SEGMENT ARRIVES in the synchronized states and SYN-RECEIVED: RFC 9293 §3.10.7.4, its eight steps in order. TIME-WAIT
// is in time_wait_arrives.cpp, and the SYN-RECEIVED of a passive OPEN in listen_state.cpp until its handshake is
// completed.
#include "stack/tcp/connection.hpp"

namespace handwave::tcp {
namespace {

using std::chrono::hours;

/// RFC 7323 §5.5: a TS.Recent older than 24 days says nothing any more.
constexpr Duration timestamps_outdated = hours{24} * 24;

}  // namespace

void Connection::segment_arrives(Instant now, Segment seg, Context& context) {
  keep_alive_.heard(now, keep_alive());
  if (state_ == State::syn_sent) {
    arrives_in_syn_sent(now, seg, context);
  } else if (first_check_sequence_number(now, seg, context) == Step::go_on &&
             second_check_rst(now, seg, context) == Step::go_on &&
             // Third, check security: no compartments here, nothing to compare.
             fourth_check_syn(now, seg, context) == Step::go_on &&  //
             fifth_check_ack(now, seg, context) == Step::go_on) {
    sixth_check_urg(seg);
    note_marks(seg, context);
    trim_to_window(seg, context);
    if (seventh_process_text(now, seg, context) == Step::go_on) eighth_check_fin(seg);
  }
  arm_timers(now);
}

Connection::Step Connection::first_check_sequence_number(Instant now, Segment& seg, Context& context) {
  if (check_timestamps(now, seg, context) == Step::done) return Step::done;
  if (completes_simultaneous_open(seg)) without_known_syn(seg);
  const std::uint32_t wnd = rcv_wnd();
  // MUST-66 (§3.4): ACK, RST and URG count even when the window is zero and the text does not.
  const bool at_closed_window = wnd == 0 && seg.seq == rcv_.nxt;
  if (!at_closed_window && !acceptable(seg, rcv_.nxt, wnd)) {
    if (seg.flags.rst) return context.counters.add(Counter::tcp_rst_ignored), Step::done;
    return unacceptable(now, seg, Counter::tcp_unacceptable, context);
  }
  if (at_closed_window && seg.len() > 0 && !seg.flags.syn) acknowledge_at_once();
  return Step::go_on;
}

/// "An acknowledgment should be sent in reply."
Connection::Step Connection::unacceptable(Instant now, const Segment& seg, Counter reason, Context& context) {
  if (seg.flags.syn) return fourth_check_syn(now, seg, context);  // U-3: wherever it lies
  context.counters.add(reason);
  note_duplicate(seg.seq, earlier(seg.seq + static_cast<std::uint32_t>(seg.text.size()), rcv_.nxt));
  // Text or FIN may be a retransmission that lost its ACK. A bare ACK is none: answering it each time could go back and
  // forth for ever between two ends that disagree, so it is rationed like a challenge (RFC 5961 §7).
  seg.len() > 0 ? acknowledge_at_once() : challenge(now, context);
  return Step::done;
}

/// PAWS, RFC 7323 §5.3 R1, and §3.2 for segments that should carry the option and do not.
Connection::Step Connection::check_timestamps(Instant now, const Segment& seg, Context& context) {
  if (!ts_.enabled || seg.flags.rst) return Step::go_on;
  if (!seg.options.timestamps) {
    if (seg.flags.syn) return Step::go_on;  // U-3: of an end that forgot this connection and what was agreed on it
    context.counters.add(Counter::tcp_timestamp_missing);
    return Step::done;
  }
  const bool older = static_cast<std::int32_t>(seg.options.timestamps->value - ts_.recent) < 0;
  if (!older || now - ts_.recent_at > timestamps_outdated) return Step::go_on;
  return unacceptable(now, seg, Counter::tcp_paws_rejected, context);
}

/// "Trimming off any portions that lie outside the window (including SYN and FIN)": before the steps that process them.
/// Those before look at the segment as it came: what was cut off is still no duplicate ACK (RFC 5681 §2 (b)), nor does
/// it move SEG.SEQ, from which the urgent pointer, the window update and TS.Recent are reckoned.
void Connection::trim_to_window(Segment& seg, Context& context) {
  if (seg.seq < rcv_.nxt) {
    const auto old = static_cast<std::uint32_t>(rcv_.nxt - seg.seq);
    context.counters.add(Counter::tcp_duplicate_octets, std::min<std::size_t>(old, seg.text.size()));
    const Seq begin = rcv_.nxt - old;
    note_duplicate(begin, earlier(begin + static_cast<std::uint32_t>(seg.text.size()), rcv_.nxt));
    // A FIN whose number is old went with the check of acceptability, or the segment reaches into the window behind it.
    seg.text.remove_prefix(old);
    seg.seq = rcv_.nxt;
  }
  const auto room = static_cast<std::uint32_t>(std::max(0, rcv_.nxt + rcv_wnd() - seg.seq));
  if (seg.text.size() + (seg.flags.fin ? 1 : 0) <= room) return;
  if (seg.text.size() > room) context.counters.add(Counter::tcp_text_over_window, seg.text.size() - room);
  seg.text.truncate(room);
  seg.flags.fin = false;
}

/// RFC 2883 §4: of a segment with several parts that are held already, the first is told.
void Connection::note_duplicate(Seq from, Seq to) {
  if (sack_permitted_ && from < to) duplicate_ = {from, to};
}

Connection::Step Connection::second_check_rst(Instant now, const Segment& seg, Context& context) {
  if (!seg.flags.rst) return Step::go_on;
  if (seg.seq != rcv_.nxt) {  // RFC 5961 §3.2: in the window, but not exactly right
    context.counters.add(Counter::tcp_rst_in_window);
    challenge(now, context);
    return Step::done;
  }
  context.counters.add(Counter::tcp_resets_received);  // U-1; SHLD-2 (§3.5.3): whatever text it carries
  switch (state_) {
    case State::syn_received:
      // MUST-11 (§3.5): a passive OPEN would return to LISTEN; that was done in the SYN cache, or the last ACK had
      // come.
      finish(passive_ ? TcpError::connection_reset : TcpError::connection_refused);
      break;
    case State::closing:
    case State::last_ack:
      // "Enter the CLOSED state, delete the TCB, and return". The RFC's user is told nothing, since its CLOSE was
      // answered; ours is told if text that it had sent is lost (MUST-12: not the same as a normal close).
      finish(send_queue_.empty() ? std::error_code{} : TcpError::connection_reset);
      break;
    default:
      finish(TcpError::connection_reset);  // MUST-12
      break;
  }
  return Step::done;
}

Connection::Step Connection::fourth_check_syn(Instant now, const Segment& seg, Context& context) {
  if (!seg.flags.syn) return Step::go_on;
  // RFC 5961 §4.2: whatever its sequence number. (A passive SYN-RECEIVED returned to LISTEN in the SYN cache.)
  context.counters.add(Counter::tcp_syn_challenged);
  challenge(now, context);
  return Step::done;
}

/// RFC 5961 §7: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, no more often than its rate allows.
void Connection::challenge(Instant now, Context& context) {
  if (!challenges_.allow(now)) return context.counters.add(Counter::tcp_challenge_acks_limited);
  context.counters.add(Counter::tcp_challenge_acks_sent);
  acknowledge_at_once();
}

Connection::Step Connection::fifth_check_ack(Instant now, const Segment& seg, Context& context) {
  if (!seg.flags.ack) {
    context.counters.add(Counter::tcp_ack_missing);
    return Step::done;
  }
  if (state_ == State::syn_received) {
    if (seg.ack <= snd_.una || seg.ack > snd_.nxt) {
      context.counters.add(Counter::tcp_ack_unacceptable);
      reply_with_reset(seg, context);
      return Step::done;
    }
    establish(now);
    snd_.wnd = scaled_window(seg);
    snd_.max_wnd = std::max(snd_.max_wnd, snd_.wnd);
    snd_.wl1 = seg.seq;
    snd_.wl2 = seg.ack;
  }
  if (acknowledged(now, seg, context) == Step::done) return Step::done;  // as in the ESTABLISHED state
  follow_timestamp(now, seg);
  follow_route(seg);
  switch (state_) {
    case State::fin_wait_1:
      if (!fin_acknowledged_) return Step::go_on;
      enter(State::fin_wait_2);
      event_.all_acknowledged = true;  // "the user's CLOSE can be acknowledged"
      return Step::go_on;
    case State::closing:
      if (!seg.text.empty()) context.counters.add(Counter::tcp_text_ignored);
      if (fin_acknowledged_) {
        event_.all_acknowledged = true;
        enter(State::time_wait);
      }
      return Step::done;
    case State::last_ack:
      if (!seg.text.empty()) context.counters.add(Counter::tcp_text_ignored);
      if (fin_acknowledged_) {
        event_.all_acknowledged = true;
        enter(State::closed);
      }
      return Step::done;
    default:
      return Step::go_on;
  }
}

/// RFC 7323 §4.3 (2): TS.Recent follows segments that cover Last.ACK.sent. The RFC has it in the first step; before the
/// ACK is known to be good, a forger who only guessed the window could set it so far ahead that PAWS drops all that is
/// real (RFC 5961 §5).
void Connection::follow_timestamp(Instant now, const Segment& seg) {
  if (!ts_.enabled || !seg.options.timestamps || ts_.last_ack_sent < seg.seq) return;
  ts_.recent = seg.options.timestamps->value;
  ts_.recent_at = now;
}

/// MUST-53, SHLD-24 (§3.9.2.1): a passive connection answers by the last source route that a good segment came by.
/// MUST-52: an active one by what its application said, or straight.
void Connection::follow_route(const Segment& seg) {
  if (!passive_ || !seg.return_route || (route_ && *route_ == *seg.return_route)) return;
  route_ = seg.return_route;
}

void Connection::sixth_check_urg(const Segment& seg) {
  if (!seg.flags.urg || fin_received_) return;
  // The octet after the urgent data (MUST-30, MUST-31, MUST-62, §3.8.5: however far ahead that is).
  const Seq up = seg.seq + seg.up;
  const Seq consumed = rcv_.nxt - static_cast<std::uint32_t>(unread());
  if (up <= consumed || (rcv_.up && up <= *rcv_.up)) return;
  rcv_.up = up;          // RCV.UP <- max(RCV.UP, SEG.UP)
  event_.urgent = true;  // MUST-32
}

/// RFC 3168 §6.1.5: on text that reaches into the window, not on what is outside of it, which anybody could have sent;
/// §6.1.6: and on the probe of a window that is closed. What acknowledges any of it will say so.
void Connection::note_marks(const Segment& seg, Context& context) {
  if (seg.text.empty() || fin_received_) return;
  ecn_.text_arrives(seg.congestion_experienced, seg.flags.cwr);
  if (seg.congestion_experienced && ecn_.heeds_marks()) context.counters.add(Counter::tcp_ecn_marks_received);
}

Connection::Step Connection::seventh_process_text(Instant now, const Segment& seg, Context& context) {
  if (seg.text.empty()) return Step::go_on;
  if (fin_received_) {
    context.counters.add(Counter::tcp_text_ignored);
    return Step::go_on;
  }
  if (reading_done_) {  // SHLD-3 (§3.6.1): new data after a half-duplex CLOSE tells the peer that it is lost
    reset_peer(now, context);
    finish({});
    return Step::done;
  }
  if (const auto held = reassembly_.first_held(seg.seq, static_cast<std::uint32_t>(seg.text.size())))
    note_duplicate(held->left, held->right);
  if (seg.seq != rcv_.nxt) {  // SHLD-31, MAY-13; RFC 5681 §3.2: the duplicate ACK leaves at once
    const bool kept = reassembly_.insert(seg.seq, seg.text);
    context.counters.add(kept ? Counter::tcp_out_of_order : Counter::tcp_out_of_order_over_limit);
    acknowledge_at_once();
    return Step::go_on;
  }
  deliver(seg.text);
  tune_receive_buffer(now, context);
  if (reassembly_.empty()) {
    const auto size = static_cast<std::uint32_t>(seg.text.size());
    // RFC 5681 §4.2: what this peer's full segments are. They may be smaller than what we announced, by its MTU or the
    // path's, and ACKs of every second one of ours would be too few.
    full_segment_ = std::min(std::max(full_segment_, seg.segment_size != 0 ? seg.segment_size : size), receive_mss());
    acks_.text_arrived(now, size, full_segment_);
    return Step::go_on;
  }
  for (Slice held = reassembly_.take(rcv_.nxt); !held.empty(); held = reassembly_.take(rcv_.nxt)) deliver(held);
  acknowledge_progress();  // RFC 5681 §4.2: a segment that fills a gap
  return Step::go_on;
}

void Connection::deliver(Slice text) {
  rcv_.nxt += static_cast<std::uint32_t>(text.size());
  receive_queue_.push(std::move(text));
  event_.readable = true;
}

/// The round trip that is known: as a rule the handshake's, where only the peer sends.
void Connection::tune_receive_buffer(Instant now, Context& context) {
  if (!rto_.smoothed()) return;
  const Seq consumed = rcv_.nxt - static_cast<std::uint32_t>(unread());
  const std::uint32_t wanted =
      receive_tuning_.receive_buffer(now, consumed, *rto_.smoothed(), window_.buffer(), options_.receive_buffer);
  window_.set_buffer(grown(window_.buffer(), std::min(wanted, ReceiveWindow::max_buffer), context));
}

/// As far as all connections together may grow.
std::uint32_t Connection::grown(std::uint32_t current, std::uint32_t wanted, Context& context) {
  const std::uint32_t size = context.buffers.grow(current, wanted);
  if (size < wanted) context.counters.add(Counter::tcp_buffer_growth_refused);
  return size;
}

void Connection::eighth_check_fin(const Segment& seg) {
  if (seg.flags.fin && !fin_received_) fin_at_ = seg.seq + static_cast<std::uint32_t>(seg.text.size());
  if (!fin_at_ || fin_received_) return;
  if (*fin_at_ != rcv_.nxt) {
    // RFC 5681 §4.2: a FIN beyond a hole is out of order like any text, which had its duplicate ACK already.
    if (seg.flags.fin && seg.text.empty()) acknowledge_at_once();
    return;
  }
  rcv_.nxt += 1;
  fin_received_ = true;
  reassembly_.clear();  // text beyond the FIN is none
  acknowledge_progress();
  event_.peer_closed = true;  // "connection closing"
  switch (state_) {
    case State::established:
      return enter(State::close_wait);
    case State::fin_wait_1:
      return enter(fin_acknowledged_ ? State::time_wait : State::closing);
    case State::fin_wait_2:
      return enter(State::time_wait);
    default:
      return;
  }
}

}  // namespace handwave::tcp
