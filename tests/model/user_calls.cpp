#include "tests/model/user_calls.hpp"

#include <utility>

namespace handwave::model {

void listen(Connection& c) {
  c.listening = true;
  for (Connection& old : c.behind) old.listening = true;
  if (c.state == State::closed) c.state = State::listen;
}

void open_active(Connection& c) {
  const bool listening = c.listening;
  c = Connection{};
  c.listening = listening;
  c.state = State::syn_sent;
}

bool close(Connection& c, bool both) {
  if (!c.has_tcb()) return false;  // a name of a connection that is gone
  if (both && !c.reading_over) {
    c.reading_over = true;
    if (c.state != State::syn_sent && c.state != State::time_wait && (c.unread() > 0 || !c.held.empty())) {
      delete_tcb(c);
      return true;
    }
  }
  if (c.close_called || c.state == State::time_wait) return false;
  switch (c.state) {
    case State::syn_sent:
      delete_tcb(c);
      return false;
    case State::syn_received:  // "if no SENDs have been issued", else it is queued until ESTABLISHED
      if (c.written == 0) c.state = State::fin_wait_1;
      break;
    case State::established:
      c.state = State::fin_wait_1;
      break;
    default:  // CLOSE-WAIT: queued until all SENDs are segmentized, see leaves()
      break;
  }
  c.close_called = true;
  return false;
}

bool abort(Connection& c) {
  const bool told = c.state == State::syn_received || c.state == State::established || c.state == State::fin_wait_1 ||
                    c.state == State::fin_wait_2 || c.state == State::close_wait;
  delete_tcb(c);
  return told;
}

bool close_listener(Connection& c) {
  c.listening = false;
  for (Connection& old : c.behind) old.listening = false;
  if (c.state == State::listen) c.state = State::closed;
  if (c.state != State::syn_received || !c.passive) return false;
  give_up(c);
  return true;
}

void leaves(Connection& c, const Segment& seg) {
  if (seg.rst || !c.has_tcb()) return;
  if (seg.syn) {
    if (c.iss != seg.seq || c.snd_nxt == c.snd_una) {
      c.iss = c.snd_una = seg.seq;
      c.snd_nxt = seg.seq + 1;
    }
    if (seg.window_scale && (c.passive || !seg.has_ack)) c.rcv_scale = *seg.window_scale;
    if (!seg.has_ack) c.syn_wnd = seg.wnd;
  } else if (ahead(c.snd_nxt, seg.end()) > 0) {
    c.snd_nxt = seg.end();
  }
  if (seg.has_ack) {
    const Number edge = seg.ack + (seg.wnd << (seg.syn ? 0 : c.rcv_scale));  // RFC 7323 §2.2
    if (seg.syn || ahead(c.right_edge, edge) > 0) c.right_edge = edge;
    c.last_ack_sent = seg.ack;
  }
  if (c.state == State::close_wait && c.fin_sent()) c.state = State::last_ack;
}

void time_passes(Connection& c, Time now, Time msl) {
  if (c.state == State::time_wait && now - c.time_wait_since >= 2 * msl) delete_tcb(c);
  for (Connection& old : c.behind) time_passes(old, now, msl);
  if (!c.behind.empty() && c.behind.front().state != State::time_wait) c.behind.clear();
}

void give_up(Connection& c) {
  if (c.behind.empty()) return delete_tcb(c);
  Connection old = c.behind.front();  // MAY-2: the SYN that would take its place came to nothing
  c = std::move(old);
}

void icmp_arrives(Connection& c, Number quoted, bool hard) {
  const bool opening = c.state == State::syn_sent || c.state == State::syn_received;
  if (opening && hard && in_window(quoted, c.snd_una, c.snd_nxt - c.snd_una)) give_up(c);
}

}  // namespace handwave::model
