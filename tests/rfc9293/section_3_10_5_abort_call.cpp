// RFC 9293 §3.10.5: the ABORT call, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// The connection's name is gone, no event tells of it, and nothing is sent any more.
void check_gone(Conversation& c) {
  CHECK(state_of(c) == (c.setup.open == Open::passive ? "LISTEN" : "CLOSED"));
  CHECK(c.host.sends("x").error() == TcpError::connection_does_not_exist);
  CHECK(c.host.stack().status(c.host.connection()).error() == TcpError::connection_does_not_exist);
  c.host.expects_no_event(&Event::closed);
  CHECK(c.host.stack().population().connections == 0);
  CHECK(c.host.stack().population().time_wait == 0);
  c.host.tick(10min);
  c.peer.expects_nothing();
}

}  // namespace

TEST_CASE("RFC 9293 §3.10.5: ABORT in CLOSED does nothing", "[3.10.5]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_closed(setup);
  c.host.aborts();
  c.peer.expects_nothing();
  CHECK(state_of(c) == "CLOSED");
}

TEST_CASE("RFC 9293 §3.10.5: ABORT in SYN-SENT deletes the TCB in silence", "[3.10.5]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  REQUIRE(c.host.sends("never sent"));
  c.host.aborts();
  c.peer.expects_nothing();
  check_gone(c);
}

TEST_CASE("RFC 9293 §3.10.5: ABORT in SYN-RECEIVED sends <SEQ=SND.NXT><CTL=RST>", "[3.10.5]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  c.host.aborts();
  c.peer.expects(rst().seq(1));
  check_gone(c);
}

TEST_CASE("RFC 9293 §3.10.5: ABORT where text may still go either way sends <SEQ=SND.NXT><CTL=RST>", "[3.10.5]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2, close_wait}) {
    Conversation c = in_state(state, setup);
    c.host.aborts();
    c.peer.expects(rst().seq(snd_nxt(state)));
    check_gone(c);
  }
}

TEST_CASE("RFC 9293 §3.10.5: ABORT flushes what is queued for transmission or retransmission", "[3.10.5]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 1000;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(5000));
  c.peer.ignores_answers();
  c.peer.sends(data("unread").ack(1));
  c.host.aborts();
  c.peer.expects(rst().seq(1001));
  check_gone(c);
}

TEST_CASE("RFC 9293 §3.10.5: ABORT while a CLOSE waits behind SENDs resets the peer", "[3.10.5][3.10.4]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 1000;
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.sends_octets(5000));
  REQUIRE(c.host.closes());
  c.peer.ignores_answers();
  c.host.aborts();
  c.peer.expects(rst().seq(1001));
  check_gone(c);
}

TEST_CASE("RFC 9293 §3.10.5: ABORT in CLOSING, LAST-ACK and TIME-WAIT deletes the TCB in silence", "[3.10.5]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    c.host.aborts();
    c.peer.expects_nothing();
    check_gone(c);
  }
}

TEST_CASE("RFC 9293 §3.10.5: ABORT of a connection long over leaves the TIME-WAIT of a later one alone",
          "[3.10.5][MUST-13]") {
  const auto setup = GENERATE(from_range(setups({Open::passive})));
  Conversation c = in_time_wait(setup);  // its end is never read, so it keeps its name
  const ConnectionId old = c.host.connection();
  c.host.tick(2 * setup.config.msl);
  ScriptedPeer next(c.host, c.peer.sockets(), setup.peer_isn + 100'000);
  next.sends(syn());
  next.expects(syn_ack());
  next.sends(ack());
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.closes());
  next.expects(fin());
  next.sends(fin());
  next.expects(ack());
  REQUIRE(state_of(c) == "TIME-WAIT");
  c.host.stack().abort(c.host.now(), old);
  CHECK(state_of(c) == "TIME-WAIT");
}

}  // namespace handwave::test
