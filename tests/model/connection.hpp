// The model's transmission control block: RFC 9293 §3.3.1 and §3.3.2.
//
// The model decides what the RFC decides: in which state a connection is, what of a segment counts, and how it is
// answered. What the RFC leaves to an implementation (how much is sent and when, how large a window is offered, how
// long timers run) it takes from what was seen on the wire.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "tests/model/numbers.hpp"

namespace handwave::model {

/// Since whatever beginning; only differences mean anything.
using Time = std::chrono::nanoseconds;

/// §3.3.2
enum class State : std::uint8_t {
  listen,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
  closed,
};

/// Octets [from, from + count) that have arrived ahead of others.
struct Held {
  Number from = 0;
  std::uint32_t count = 0;
};

struct Connection {
  State state = State::closed;
  bool listening = false;  ///< a passive OPEN stands behind: without a TCB the state is LISTEN, not CLOSED
  bool passive = false;    ///< came from LISTEN (MUST-11)

  // Send sequence variables
  Number iss = 0;
  Number snd_una = 0;
  Number snd_nxt = 0;         ///< as seen: behind the last number sent
  std::uint32_t snd_wnd = 0;  ///< scaled
  Number snd_wl1 = 0;
  Number snd_wl2 = 0;
  std::uint32_t max_snd_wnd = 0;  ///< RFC 5961 §5
  unsigned snd_scale = 0;         ///< RFC 7323 §2
  std::uint32_t written = 0;      ///< octets that SEND took: our FIN has the number ISS + 1 + written
  bool close_called = false;

  // Receive sequence variables
  Number irs = 0;
  Number rcv_nxt = 0;
  Number right_edge = 0;  ///< as seen: RCV.NXT + RCV.WND, the furthest that the peer was ever allowed to send
  unsigned rcv_scale = 0;
  std::uint32_t syn_wnd = 0;     ///< what our SYN offered before there was a RCV.NXT
  std::vector<Held> held;        ///< SHLD-31
  std::vector<Number> fin_held;  ///< the number of a FIN that came ahead of text; one at most
  bool fin_received = false;
  bool reading_over = false;  ///< the user has read the end, or has closed both directions (§3.6.1)
  std::uint32_t read = 0;     ///< octets that RECEIVE took

  // RFC 7323 §4.3, §5.3
  bool timestamps = false;  ///< Snd.TS.OK
  std::uint32_t ts_recent = 0;
  Time ts_recent_at{};
  Number last_ack_sent = 0;

  Time time_wait_since{};          ///< when the 2 MSL timeout was last started
  std::vector<Connection> behind;  ///< MAY-2: the connection in TIME-WAIT whose place a new SYN would take; one at most

  [[nodiscard]] std::uint32_t rcv_wnd() const { return ahead(rcv_nxt, right_edge); }
  [[nodiscard]] Number fin_number() const { return iss + 1 + written; }
  [[nodiscard]] bool fin_sent() const { return close_called && snd_nxt == fin_number() + 1; }
  [[nodiscard]] bool fin_acknowledged() const { return fin_sent() && snd_una == snd_nxt; }
  [[nodiscard]] bool syn_acknowledged() const { return snd_una != iss; }
  [[nodiscard]] bool has_tcb() const { return state != State::closed && state != State::listen; }
  /// §3.3.2, the states in which both ends know each other's numbers.
  [[nodiscard]] bool synchronized() const {
    return has_tcb() && state != State::syn_sent && state != State::syn_received;
  }
  /// Octets that the user has not read yet.
  [[nodiscard]] std::uint32_t unread() const { return rcv_nxt - irs - 1 - (fin_received ? 1 : 0) - read; }
};

/// SEG.SEQ of what carries no text: SND.NXT, or the right edge of a window that shrank or was probed beyond, where the
/// peer still finds it acceptable (Appendix A.2).
inline Number number_without_text(const Connection& c) {
  const Number from = c.syn_acknowledged() ? c.snd_una : c.iss + 1;
  return ahead(from + c.snd_wnd, c.snd_nxt) > 0 ? from + c.snd_wnd : c.snd_nxt;
}

/// "Enter the CLOSED state, delete the TCB": back to LISTEN where that stands behind.
inline void delete_tcb(Connection& c) {
  const bool listening = c.listening;
  c = Connection{};
  c.listening = listening;
  c.state = listening ? State::listen : State::closed;
}

}  // namespace handwave::model
