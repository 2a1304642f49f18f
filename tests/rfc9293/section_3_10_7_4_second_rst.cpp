// RFC 9293 §3.10.7.4, second: check the RST bit, in every state; RFC 5961 §3 and its rate (§7); §3.5.3.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// The state that the pair of sockets is in without a connection: the listener of a passive OPEN is still there.
std::string gone(const Setup& setup) { return setup.open == Open::passive ? "LISTEN" : "CLOSED"; }

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 second: a RST at RCV.NXT resets a connection with both directions open or one",
          "[3.10.7.4][3.5.3][MUST-12][U-1][5961-3.2-c]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2, close_wait}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(rst().seq(rcv_nxt(state)));
    c.peer.expects_nothing();
    CHECK(state_of(c) == gone(setup));
    c.host.expects_closed(TcpError::connection_reset);
    CHECK(c.host.sends("x").error() == TcpError::connection_does_not_exist);
    CHECK(c.host.receives().error() == TcpError::connection_does_not_exist);
    CHECK(c.host.stack().population().connections == 0);
  }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4 second: CLOSING and LAST-ACK enter CLOSED at a RST, without an error: all text was "
    "acknowledged",
    "[3.10.7.4][U-1]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : {tcp::State::closing, tcp::State::last_ack}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(rst().seq(2));
    c.peer.expects_nothing();
    CHECK(state_of(c) == gone(setup));
    c.host.expects_closed();
  }
}

TEST_CASE(
    "RFC 9293 §3.10.7.4 second: where a RST takes text with it that the peer never acknowledged, the application "
    "is told that it was no normal close",
    "[3.10.7.4][3.6][MUST-12]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.sends("last words"));
  REQUIRE(c.host.closes());
  c.peer.ignores_answers();
  CHECK(state_of(c) == "LAST-ACK");
  c.peer.sends(rst().seq(2));
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 9293 §3.10.7.4 second: TIME-WAIT enters CLOSED at a RST", "[3.10.7.4][U-1][5961-3.2-c]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_time_wait(setup);
  c.peer.sends(rst().seq(2));
  c.peer.expects_nothing();
  CHECK(state_of(c) == gone(setup));
  CHECK(c.host.stack().population().time_wait == 0);
}

TEST_CASE("RFC 9293 §3.10.7.4 second: SYN-RECEIVED after a passive OPEN returns to LISTEN, and nobody is informed",
          "[3.10.7.4][3.5][MUST-11][U-1]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(rst().seq(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "LISTEN");
  CHECK(c.host.events().empty());
  CHECK(c.host.stack().population().half_open == 0);
  // "The retransmission queue should be flushed": no SYN,ACK follows.
  c.host.tick(5min);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4 second: SYN-RECEIVED after an active OPEN signals \"connection refused\"",
          "[3.10.7.4][3.5][MUST-11][U-1]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(rst().seq(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "CLOSED");
  c.host.expects_closed(TcpError::connection_refused);
  c.host.tick(5min);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4 second: a RST in the window but not at RCV.NXT is challenged, in every state",
          "[3.10.7.4][RFC5961][U-2][5961-3.2-a][5961-3.2-d][5961-3.2-e]") {
  const auto setup = GENERATE(from_range(setups()));
  std::vector<tcp::State> states = synchronized_states;
  states.push_back(tcp::State::syn_received);
  for (const tcp::State state : states)
    for (const std::int64_t ahead : {1, 1000, 65533}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(rst().seq(rcv_nxt(state) + ahead));
      c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
      CHECK(c.host.count(Counter::tcp_challenge_acks_sent) == 1);
      CHECK(c.host.events().empty());
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 second: a RST outside the window is dropped in silence, in every state",
          "[3.10.7.4][RFC5961][U-2][5961-3.2-b]") {
  const auto setup = GENERATE(from_range(setups()));
  std::vector<tcp::State> states = synchronized_states;
  states.push_back(tcp::State::syn_received);
  for (const tcp::State state : states) {
    Conversation c = in_state(state, setup);
    const std::int64_t nxt = rcv_nxt(state);
    // The numbers of the last: it ends in the window, but its sequence number lies outside.
    for (const Segment& segment : {rst().seq(nxt - 1), rst().seq(nxt + 65535), rst().seq(nxt + 0x7000'0000),
                                   rst_ack().seq(nxt - 1), rst().seq(nxt - 3).text("reason")}) {
      c.peer.sends(segment);
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
    }
    CHECK(c.host.count(Counter::tcp_rst_ignored) == 5);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 second: the challenge lets a peer that has no connection any more reset this one",
          "[3.10.7.4][RFC5961][U-2][5961-4.2-d]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(rst().seq(5));
  const TcpPacket challenge = c.peer.expects(ack().seq(1).ack(1));
  c.peer.sends(rst().seq(c.peer.relative_ack(challenge)));  // §3.10.7.1: <SEQ=SEG.ACK>
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 9293 §3.5.3: a RST may carry data, ACK and other control bits", "[3.5.3][SHLD-2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const Segment& segment : {rst().text("the reason"), rst_ack().text("the reason"), rst_ack().flag(FIN),
                                 rst_ack().flag(SYN).text("x"), rst_ack().flag(URG).urgent(1), rst().ack(12345)}) {
    Conversation c = in_established(setup);
    c.peer.sends(segment.seq(1));
    c.peer.expects_nothing();
    CHECK(state_of(c) == gone(setup));
    c.host.expects_closed(TcpError::connection_reset);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 second: all segment queues are flushed", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("never acknowledged"));
  c.peer.sends(data("never read"));
  c.peer.sends(data("never in order").seq(100));
  c.peer.ignores_answers();
  c.peer.sends(rst().seq(11));
  c.host.expects_closed(TcpError::connection_reset);
  CHECK(c.host.receives().error() == TcpError::connection_does_not_exist);
  c.host.tick(10min);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5961 §7: challenge ACKs are limited to 10 in 5 seconds, for each connection",
          "[3.10.7.4][RFC5961][U-2][5961-7-a]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states) {
    Conversation c = in_state(state, setup);
    for (int i = 0; i < 30; ++i) c.peer.sends(rst().seq(rcv_nxt(state) + 7));
    CHECK(c.peer.ignores_answers().size() == 10);
    CHECK(c.host.count(Counter::tcp_challenge_acks_limited) == 20);
    CHECK(state_of(c) == name_of(state));
    c.host.tick(7s);
    c.peer.ignores_answers();  // a FIN that is sent again
    c.peer.sends(rst().seq(rcv_nxt(state) + 7));
    c.peer.expects(acknowledgment_in(state));
  }
}

}  // namespace handwave::test
