// RFC 9293 §3.10.2: the SEND call, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.2: SEND in CLOSED is \"error: connection does not exist\"", "[3.10.2]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation never = in_closed(setup);
  CHECK(never.host.sends("x").error() == TcpError::connection_does_not_exist);
  Conversation reset = in_established(setup);
  reset.peer.sends(rst().seq(1));
  CHECK(reset.host.sends("x").error() == TcpError::connection_does_not_exist);
  Conversation unread = in_last_ack(setup);  // gone, but for its end, which the user has not read
  unread.peer.sends(ack().ack(2));
  CHECK(unread.host.sends("x").error() == TcpError::connection_does_not_exist);
}

TEST_CASE("RFC 9293 §3.10.2: SEND in SYN-SENT and SYN-RECEIVED waits for ESTABLISHED", "[3.10.2]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation sent = in_syn_sent(setup);
  REQUIRE(sent.host.sends("early") == 5U);
  sent.peer.expects_nothing();
  CHECK(state_of(sent) == "SYN-SENT");
  sent.peer.sends(syn_ack().ack(1));
  sent.peer.expects(data("early").seq(1).ack(1));
  Conversation received = in_syn_received(setup);
  REQUIRE(received.host.sends("early") == 5U);
  received.peer.expects_nothing();
  CHECK(state_of(received) == "SYN-RECEIVED");
  received.peer.sends(ack().ack(1));
  received.peer.expects(data("early").seq(1).ack(1));
}

TEST_CASE("RFC 9293 §3.10.2: SEND in ESTABLISHED and CLOSE-WAIT leaves with ACK=RCV.NXT", "[3.10.2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : {tcp::State::established, tcp::State::close_wait}) {
    Conversation c = in_state(state, setup);
    REQUIRE(c.host.sends("text") == 4U);
    c.peer.expects(data("text").seq(1).ack(rcv_nxt(state)));
    c.peer.expects_nothing();
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.2: an urgent SEND sets the pointer behind its data", "[3.10.2][MUST-30][MUST-62]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : {tcp::State::established, tcp::State::close_wait}) {
    Conversation c = in_state(state, setup);
    REQUIRE(c.host.sends_urgent("text") == 4U);
    c.peer.expects(data("text").urgent(4).seq(1).ack(rcv_nxt(state)));
  }
  Conversation early = in_syn_sent(setup);
  REQUIRE(early.host.sends_urgent("text") == 4U);
  early.peer.sends(syn_ack().ack(1));
  early.peer.expects(data("text").urgent(4).seq(1).ack(1));
}

TEST_CASE("RFC 9293 §3.10.2: SEND after CLOSE is \"error: connection closing\" and not serviced", "[3.10.2]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {fin_wait_1, fin_wait_2, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    CHECK(c.host.sends("x").error() == TcpError::connection_closing);
    CHECK(c.host.sends_urgent("x").error() == TcpError::connection_closing);
    c.peer.expects_nothing();
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.2: without space SEND takes what fits, then nothing, and tells when there is room",
          "[3.10.2]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.send_buffer = 1000;
  setup.peer_wnd = 100;
  Conversation c = in_established(setup);
  CHECK(c.host.sends_octets(1500) == 1000U);
  CHECK(c.host.sends("x").error() == TcpError::would_block);
  c.host.expects_no_event(&Event::writable);
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(101).wnd(65535));
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(1001));
  c.host.expects_event(&Event::writable);
  CHECK(c.host.sends("x") == 1U);
}

TEST_CASE("RFC 9293 §3.4: no more is queued than sequence numbers can tell apart, whatever the application allows",
          "[3.10.2][3.4]") {
  Setup setup;
  setup.connection.send_buffer = SIZE_MAX;
  Conversation c = in_established(setup);
  const Slice large = Slice::copy_of(as_bytes(std::string(std::size_t{1} << 24, 'x')));
  std::size_t queued = 0;
  for (int i = 0; i < 100; ++i) queued += c.host.stack().send(c.host.now(), c.host.connection(), large).value_or(0);
  CHECK(queued == std::size_t{1} << 30);
  CHECK(c.host.sends("x").error() == TcpError::would_block);
  c.host.turn();
  c.peer.ignores_answers();
  c.peer.sends(ack());
  CHECK(c.host.status().awaiting_acknowledgment < queued);
  CHECK(!c.peer.ignores_answers().empty());
}

}  // namespace handwave::test
