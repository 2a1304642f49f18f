// RFC 9293 §3.10.6: the STATUS call, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.6: STATUS names the state, for each that has a connection of the user's", "[3.10.6]") {
  const auto setup = GENERATE(from_range(active_setups()));
  using enum tcp::State;
  for (const tcp::State state :
       {syn_sent, syn_received, established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    CHECK(tcp::to_string(c.host.status().state) == tcp::to_string(state));
    CHECK(c.host.status().sockets == c.peer.sockets());
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.10.6: LISTEN and the SYN-RECEIVED of a passive OPEN show for their sockets", "[3.10.6]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  CHECK(state_of(in_listen(setup)) == "LISTEN");
  CHECK(state_of(in_syn_received(setup)) == "SYN-RECEIVED");
}

TEST_CASE("RFC 9293 §3.10.6: STATUS in CLOSED is \"error: connection does not exist\"", "[3.10.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation never = in_closed(setup);
  CHECK(never.host.stack().status(never.host.connection()).error() == TcpError::connection_does_not_exist);
  Conversation reset = in_established(setup);
  reset.peer.sends(rst().seq(1));
  CHECK(reset.host.stack().status(reset.host.connection()).error() == TcpError::connection_does_not_exist);
}

TEST_CASE("RFC 9293 §3.10.6: STATUS tells the windows and what awaits acknowledgment or receipt", "[3.10.6][MUST-33]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.receive_buffer = 8000;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("0123456789"));
  c.peer.ignores_answers();
  c.peer.sends(data("abcd").ack(5).wnd(3000).urgent(3));
  const Status status = c.host.status();
  CHECK(status.send_window == 3000);
  CHECK(status.receive_window == 7996);
  CHECK(status.awaiting_acknowledgment == 6);
  CHECK(status.pending_receipt == 4);
  CHECK(status.urgent_pending == 3);
}

}  // namespace handwave::test
