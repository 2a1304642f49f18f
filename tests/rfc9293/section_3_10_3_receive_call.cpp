// RFC 9293 §3.10.3: the RECEIVE call, in every state. "Queue the request" is would_block and an event here, and "error:
// connection closing" the end of the stream: an empty result.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.3: RECEIVE in CLOSED is \"error: connection does not exist\"", "[3.10.3]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation never = in_closed(setup);
  CHECK(never.host.receives().error() == TcpError::connection_does_not_exist);
  Conversation reset = in_established(setup);
  reset.peer.sends(rst().seq(1));
  CHECK(reset.host.receives().error() == TcpError::connection_does_not_exist);
}

TEST_CASE("RFC 9293 §3.10.3: RECEIVE waits in SYN-SENT, SYN-RECEIVED, ESTABLISHED and both FIN-WAITs", "[3.10.3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  using enum tcp::State;
  for (const tcp::State state : {syn_sent, syn_received, established, fin_wait_1, fin_wait_2}) {
    Conversation c = in_state(state, setup);
    CHECK(c.host.receives().error() == TcpError::would_block);
    c.peer.expects_nothing();
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.3: RECEIVE gives what there is in ESTABLISHED and both FIN-WAITs, and tells of the room",
          "[3.10.3]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.receive_buffer = 4000;
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(octets(4000).seq(1).ack(snd_una(state)));
    c.peer.expects(ack().ack(4001).wnd(0));
    CHECK(c.host.receives(1000) == pattern_text(0, 1000));
    CHECK(c.host.receives() == pattern_text(1000, 3000));
    const auto updates = c.peer.ignores_answers();
    REQUIRE_FALSE(updates.empty());
    CHECK(updates.back().wnd == 4000);
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.3: RECEIVE learns of urgent data ahead", "[3.10.3][MUST-32][MUST-33]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("plain").urgent(50));
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.receives() == "plain");
  CHECK(c.host.status().urgent_pending == 45);
}

TEST_CASE("RFC 9293 §3.10.3: RECEIVE in CLOSE-WAIT gives what is on hand, then the end", "[3.10.3]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("on hand").flag(FIN));
  CHECK(state_of(c) == "CLOSE-WAIT");
  CHECK(c.host.receives(2) == "on");
  CHECK(c.host.receives() == " hand");
  CHECK(c.host.receives() == "");
  CHECK(c.host.receives() == "");
  CHECK(state_of(c) == "CLOSE-WAIT");
}

TEST_CASE("RFC 9293 §3.10.3: RECEIVE in CLOSING, LAST-ACK and TIME-WAIT gives the end", "[3.10.3]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    CHECK(c.host.receives() == "");
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.3, §3.6: what arrived before the FIN can be read in TIME-WAIT and after it",
          "[3.10.3][3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const bool after : {false, true}) {
    Conversation c = in_fin_wait_2(setup);
    c.peer.sends(data("kept").flag(FIN).ack(2));
    CHECK(state_of(c) == "TIME-WAIT");
    if (after) c.host.tick(2 * setup.config.msl);
    CHECK(c.host.receives() == "kept");
    c.host.expects_closed();
  }
}

}  // namespace handwave::test
