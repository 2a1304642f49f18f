// The states of a connection and the ways between them: RFC 9293 §3.3.2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace handwave::tcp {

/// §3.3.2, in the RFC's order of listing. CLOSED is the state of having no TCB at all.
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

inline constexpr std::size_t state_count = 11;

/// The RFC's spelling: "FIN-WAIT-1".
constexpr std::string_view to_string(State state) {
  constexpr std::array<std::string_view, state_count> names = {
      "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
      "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT",   "CLOSED"};
  return names[static_cast<std::size_t>(state)];
}

/// One arrow of Figure 5, or of the text of §3.10 where the figure leaves it out.
struct Transition {
  State from;
  State to;
  std::string_view event;
  std::string_view action;
};

/*
                             +---------+ ---------\      active OPEN
                             |  CLOSED |            \    -----------
                             +---------+<---------\   \   create TCB
                               |     ^              \   \  snd SYN
                  passive OPEN |     |   CLOSE        \   \
                  ------------ |     | ----------       \   \
                   create TCB  |     | delete TCB         \   \
                               V     |                      \   \
           rcv RST (note 1)  +---------+            CLOSE    |    \
        -------------------->|  LISTEN |          ---------- |     |
       /                     +---------+          delete TCB |     |
      /           rcv SYN      |     |     SEND              |     |
     /           -----------   |     |    -------            |     V
 +--------+      snd SYN,ACK  /       \   snd SYN          +--------+
 |        |<-----------------           ------------------>|        |
 |  SYN   |                    rcv SYN                     |  SYN   |
 |  RCVD  |<-----------------------------------------------|  SENT  |
 |        |                  snd SYN,ACK                   |        |
 |        |------------------           -------------------|        |
 +--------+   rcv ACK of SYN  \       /  rcv SYN,ACK       +--------+
    |         --------------   |     |   -----------
    |                x         |     |     snd ACK
    |                          V     V
    |  CLOSE                 +---------+
    | -------                |  ESTAB  |
    | snd FIN                +---------+
    |                 CLOSE    |     |    rcv FIN
    V                -------   |     |    -------
 +---------+         snd FIN  /       \   snd ACK         +---------+
 |  FIN    |<----------------          ------------------>|  CLOSE  |
 | WAIT-1  |------------------                            |   WAIT  |
 +---------+          rcv FIN  \                          +---------+
   | rcv ACK of FIN   -------   |                          CLOSE  |
   | --------------   snd ACK   |                         ------- |
   V        x                   V                         snd FIN V
 +---------+               +---------+                    +---------+
 |FINWAIT-2|               | CLOSING |                    | LAST-ACK|
 +---------+               +---------+                    +---------+
   |              rcv ACK of FIN |                 rcv ACK of FIN |
   |  rcv FIN     -------------- |    Timeout=2MSL -------------- |
   |  -------            x       V    ------------        x       V
    \ snd ACK              +---------+delete TCB          +---------+
      -------------------->|TIME-WAIT|------------------->| CLOSED  |
                           +---------+                    +---------+
*/
/// Every way a connection may go. Entering a state asserts that its arrow is here, and docs/STATE_MACHINE.md is drawn
/// from it. It dispatches nothing: what a segment does is decided by the steps of §3.10.7.4.
inline constexpr auto transitions = std::to_array<Transition>({
    {State::closed, State::listen, "passive OPEN", "create TCB"},
    {State::closed, State::syn_sent, "active OPEN", "create TCB, send SYN"},
    {State::listen, State::closed, "CLOSE", "delete TCB"},
    {State::listen, State::syn_received, "receive SYN", "send SYN,ACK"},
    {State::syn_sent, State::closed, "CLOSE", "delete TCB"},
    {State::syn_sent, State::syn_received, "receive SYN", "send SYN,ACK"},
    {State::syn_sent, State::established, "receive SYN,ACK", "send ACK"},
    {State::syn_received, State::listen, "receive RST or SYN (passive OPEN)", ""},
    {State::syn_received, State::established, "receive ACK of SYN", ""},
    {State::syn_received, State::fin_wait_1, "CLOSE", "send FIN"},
    {State::syn_received, State::close_wait, "receive FIN", "send ACK"},
    {State::established, State::fin_wait_1, "CLOSE", "send FIN"},
    {State::established, State::close_wait, "receive FIN", "send ACK"},
    {State::fin_wait_1, State::fin_wait_2, "receive ACK of FIN", ""},
    {State::fin_wait_1, State::closing, "receive FIN", "send ACK"},
    {State::fin_wait_1, State::time_wait, "receive FIN and ACK of FIN", "send ACK"},
    {State::fin_wait_2, State::time_wait, "receive FIN", "send ACK"},
    {State::close_wait, State::last_ack, "CLOSE", "send FIN"},
    {State::closing, State::time_wait, "receive ACK of FIN", ""},
    {State::last_ack, State::closed, "receive ACK of FIN", "delete TCB"},
    {State::time_wait, State::closed, "2 MSL timeout", "delete TCB"},
    {State::time_wait, State::syn_received, "receive new SYN (MAY-2)", "send SYN,ACK"},
    {State::syn_received, State::time_wait, "receive RST or SYN: the new SYN was an old duplicate (MAY-2)", ""},
    {State::syn_sent, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::syn_received, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::established, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::fin_wait_1, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::fin_wait_2, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::close_wait, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::closing, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::last_ack, State::closed, "receive RST, ABORT, R2 or user timeout", "delete TCB"},
    {State::time_wait, State::closed, "receive RST, or ABORT", "delete TCB"},
});

/// True if the table has an arrow from `from` to `to`.
constexpr bool may_enter(State from, State to) {
  for (const Transition& transition : transitions)
    if (transition.from == from && transition.to == to) return true;
  return false;
}

}  // namespace handwave::tcp
