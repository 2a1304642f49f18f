// RFC 9293 §3.10.4: the CLOSE call, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("RFC 9293 §3.10.4: CLOSE in CLOSED is \"error: connection does not exist\"", "[3.10.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation never = in_closed(setup);
  CHECK(never.host.closes().error() == TcpError::connection_does_not_exist);
  Conversation unread = in_last_ack(setup);
  unread.peer.sends(ack().ack(2));
  CHECK(unread.host.closes().error() == TcpError::connection_does_not_exist);
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in LISTEN enters CLOSED; handshakes under way are reset", "[3.10.4]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  c.host.closes_listener();
  CHECK(state_of(c) == "CLOSED");
  c.peer.expects_nothing();
  c.peer.sends(syn());
  c.peer.expects(rst_ack().ack(1));
  Conversation half_open = in_syn_received(setup);
  half_open.host.closes_listener();
  half_open.peer.expects(rst().seq(1));
  CHECK(state_of(half_open) == "CLOSED");
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in SYN-SENT deletes the TCB in silence", "[3.10.4]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  REQUIRE(c.host.sends("never sent"));
  REQUIRE(c.host.closes());
  CHECK(state_of(c) == "CLOSED");
  c.host.expects_closed();
  c.host.tick(10min);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in SYN-RECEIVED with nothing to send sends a FIN and enters FIN-WAIT-1",
          "[3.10.4]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(1).ack(1));
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.peer.sends(ack().seq(1).ack(2));
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.peer.sends(fin().seq(1).ack(2));
  c.peer.expects(ack().seq(2).ack(2));
  CHECK(state_of(c) == "TIME-WAIT");
}

TEST_CASE(
    "RFC 9293 §3.10.4: a FIN that left SYN-RECEIVED is retransmitted, after the SYN,ACK if that is not "
    "acknowledged either",
    "[3.10.4][3.10.8]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(1).ack(1));
  c.host.tick(1s);
  c.peer.expects(syn_ack().seq(0).ack(1));
  c.peer.ignores_answers();
  c.peer.sends(ack().seq(1).ack(1));
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.host.tick(5s);
  c.peer.expects(fin().seq(1).ack(1));
  c.peer.ignores_answers();
  c.peer.sends(ack().seq(1).ack(2));
  CHECK(state_of(c) == "FIN-WAIT-2");
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in SYN-RECEIVED waits behind SENDs for ESTABLISHED", "[3.10.4]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  REQUIRE(c.host.sends("first"));
  REQUIRE(c.host.closes());
  c.peer.expects_nothing();
  CHECK(state_of(c) == "SYN-RECEIVED");
  CHECK(c.host.sends("second").error() == TcpError::connection_closing);
  c.peer.sends(ack().seq(1).ack(1));
  c.peer.expects(data("first").flag(FIN).seq(1).ack(1));
  CHECK(state_of(c) == "FIN-WAIT-1");
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in ESTABLISHED enters FIN-WAIT-1 in any case; the FIN waits for the SENDs",
          "[3.10.4]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 1000;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(1500));
  REQUIRE(c.host.closes());
  CHECK(state_of(c) == "FIN-WAIT-1");
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK_FALSE(packet.has(FIN));
  c.peer.sends(ack().ack(1001));
  c.peer.expects(octets(500).flag(FIN).seq(1001).ack(1));
}

TEST_CASE("RFC 9293 §3.10.4: CLOSE in CLOSE-WAIT enters LAST-ACK with the FIN, when the SENDs have left", "[3.10.4]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 1000;
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.sends_octets(1500));
  REQUIRE(c.host.closes());
  CHECK(state_of(c) == "CLOSE-WAIT");
  CHECK(c.host.sends("x").error() == TcpError::connection_closing);
  CHECK(c.host.closes().error() == TcpError::connection_closing);
  c.peer.ignores_answers();
  c.peer.sends(ack().seq(2).ack(1001));
  c.peer.expects(octets(500).flag(FIN).seq(1001).ack(2));
  CHECK(state_of(c) == "LAST-ACK");
  c.peer.sends(ack().seq(2).ack(1502));
  CHECK(c.host.receives() == "");
  c.host.expects_closed();
}

TEST_CASE("RFC 9293 §3.10.4: a RST while the CLOSE waits behind SENDs is told as a reset", "[3.10.4][MUST-12]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 1000;
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.sends_octets(1500));
  REQUIRE(c.host.closes());
  c.peer.sends(rst().seq(2));
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 9293 §3.10.4: a second CLOSE is \"error: connection closing\", and no second FIN leaves", "[3.10.4]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {fin_wait_1, fin_wait_2, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    CHECK(c.host.closes().error() == TcpError::connection_closing);
    c.peer.expects_nothing();
    CHECK(state_of(c) == name_of(state));
  }
}

}  // namespace handwave::test
