// RFC 9293 §3.10.8: timeouts, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

std::string gone(const Setup& setup) { return setup.open == Open::passive ? "LISTEN" : "CLOSED"; }

}  // namespace

TEST_CASE("RFC 9293 §3.10.8: the user timeout ends the connection in any state in which something is unacknowledged",
          "[3.10.8][MUST-21]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.user_timeout = 100s;
  setup.connect_timeout = 100s;
  using enum tcp::State;
  std::vector<tcp::State> states = {established, fin_wait_1, close_wait, closing, last_ack};
  if (setup.open == Open::active) states.insert(states.end(), {syn_sent, syn_received});
  for (const tcp::State state : states) {
    Conversation c = in_state(state, setup);
    if (state == established || state == close_wait) REQUIRE(c.host.sends("never acknowledged"));
    c.host.tick(99s);
    CHECK(state_of(c) == name_of(state));
    c.host.expects_no_event(&Event::closed);
    c.host.tick(1s);
    CHECK(state_of(c) == gone(setup));
    c.host.expects_closed(TcpError::user_timeout);
    CHECK(c.host.sends("x").error() == TcpError::connection_does_not_exist);
    c.peer.ignores_answers();
    c.host.tick(10min);  // "flush all queues"
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.10.8: the user timeout aborts: the peer gets a RST where ABORT would send one",
          "[3.10.8][3.9.1.6][MUST-20]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.user_timeout = 10s;
  setup.connect_timeout = 10s;
  using enum tcp::State;
  std::vector<tcp::State> states = {established, fin_wait_1, close_wait, closing, last_ack};
  if (setup.open == Open::active) states.insert(states.end(), {syn_sent, syn_received});
  for (const tcp::State state : states) {
    Conversation c = in_state(state, setup);
    std::int64_t next = snd_nxt(state);
    if (state == established || state == close_wait) next += static_cast<std::int64_t>(*c.host.sends("never"));
    c.host.tick(10s - 1ms);
    c.peer.ignores_answers();
    c.host.tick(1ms);
    REQUIRE(state_of(c) == gone(setup));
    if (state != closing && state != last_ack && state != syn_sent) c.peer.expects(rst().seq(next));
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.10.8: with everything acknowledged no user timeout expires", "[3.10.8]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.user_timeout = 100s;
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_2, close_wait}) {
    Conversation c = in_state(state, setup);
    c.host.tick(24h);
    CHECK(state_of(c) == name_of(state));
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.10.8: the retransmission timeout sends the front of the queue again, in every state",
          "[3.10.8][MUST-19]") {
  const auto setup = GENERATE(from_range(active_setups()));
  using enum tcp::State;
  const auto expect_again = [&](Conversation c, const Segment& front) {
    const std::string state = state_of(c);
    Duration before{};
    for (int i = 0; i < 4; ++i) {
      const auto waited = c.host.tick_to_deadline();
      REQUIRE(waited);
      c.peer.expects(front);
      c.peer.expects_nothing();
      CHECK(*waited > before);  // "reinitialize the retransmission timer": RFC 6298 (5.5), backed off
      CHECK(state_of(c) == state);
      before = *waited;
    }
  };
  const auto sending = [](Conversation c) {
    REQUIRE(c.host.sends("front"));
    c.peer.ignores_answers();
    return c;
  };
  expect_again(in_syn_sent(setup), syn().seq(0));
  expect_again(in_syn_received(setup), syn_ack().seq(0).ack(1));
  expect_again(sending(in_established(setup)), data("front").seq(1).ack(1));
  expect_again(sending(in_close_wait(setup)), data("front").seq(1).ack(2));
  expect_again(in_fin_wait_1(setup), fin().seq(1).ack(1));
  expect_again(in_closing(setup), fin().seq(1).ack(2));
  expect_again(in_last_ack(setup), fin().seq(1).ack(2));
}

TEST_CASE("RFC 9293 §3.10.8: the SYN,ACK of a passive OPEN is sent again, for at least 3 minutes, then given up",
          "[3.10.8][MUST-22][MUST-23]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_syn_received(setup);
  const Instant begin = c.host.now();
  Instant last = begin;
  while (state_of(c) == "SYN-RECEIVED") {
    REQUIRE(c.host.tick_to_deadline());
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      CHECK(flag_names(packet.flags) == "SYN,ACK");
      last = packet.at;
    }
  }
  CHECK(last - begin >= 3min);
  CHECK(state_of(c) == "LISTEN");
  CHECK(c.host.events().empty());
  CHECK(c.host.count(Counter::tcp_syn_cache_expired) == 1);
}

TEST_CASE("RFC 9293 §3.10.8: the time-wait timeout deletes the TCB", "[3.10.8][MUST-13]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_time_wait(setup);
  CHECK(c.host.receives() == "");
  const auto waited = c.host.tick_to_deadline();
  CHECK(waited == 2 * setup.config.msl);
  CHECK(state_of(c) == gone(setup));
  CHECK(c.host.stack().population().time_wait == 0);
  CHECK_FALSE(c.host.stack().poll_timeout());
  c.peer.expects_nothing();
}

}  // namespace handwave::test
