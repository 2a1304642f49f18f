// RFC 9293 §3.10.7.4, eighth: check the FIN bit, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 eighth: ESTABLISHED enters CLOSE-WAIT, and the FIN is acknowledged at once",
          "[3.10.7.4][3.6][MUST-12]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(fin().seq(1));
  c.peer.expects(ack().seq(1).ack(2));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "CLOSE-WAIT");
  c.host.expects_event(&Event::peer_closed);  // "connection closing"
  CHECK(c.host.receives() == "");
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: a FIN with text comes after it", "[3.10.7.4][3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("bye").flag(FIN));
  c.peer.expects(ack().seq(1).ack(5));
  CHECK(c.host.receives() == "bye");
  CHECK(c.host.receives() == "");
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: a FIN ahead of text that is missing waits for it, and asks for it at once",
          "[3.10.7.4][SHLD-31][MAY-13]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const Segment& early : {fin().seq(6), data("45").flag(FIN).seq(4)}) {
    Conversation c = in_established(setup);
    c.peer.sends(early);
    c.peer.expects(ack().seq(1).ack(1));
    CHECK(state_of(c) == "ESTABLISHED");
    c.host.expects_no_event(&Event::peer_closed);
    c.peer.sends(data("12345").seq(1));
    c.peer.expects(ack().seq(1).ack(7));
    CHECK(state_of(c) == "CLOSE-WAIT");
    CHECK(c.host.receives() == "12345");
    CHECK(c.host.receives() == "");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: FIN-WAIT-1 enters CLOSING if our FIN is not acknowledged", "[3.10.7.4][3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_1(setup);
  c.peer.sends(fin().seq(1).ack(1));
  c.peer.expects(ack().seq(2).ack(2));
  CHECK(state_of(c) == "CLOSING");
  c.host.expects_event(&Event::peer_closed);
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: FIN-WAIT-1 enters TIME-WAIT if the same segment acknowledges our FIN",
          "[3.10.7.4][3.6][MUST-13]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_1(setup);
  c.peer.sends(fin().seq(1).ack(2));
  c.peer.expects(ack().seq(2).ack(2));
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.expects_event(&Event::peer_closed);
  c.host.expects_event(&Event::all_acknowledged);
  c.host.tick(2 * setup.config.msl - 1s);  // "turn off the other timers"
  c.peer.expects_nothing();
  CHECK(state_of(c) == "TIME-WAIT");
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: FIN-WAIT-2 enters TIME-WAIT", "[3.10.7.4][3.6][MUST-13]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_2(setup);
  c.peer.sends(data("last").flag(FIN).seq(1).ack(2));
  c.peer.expects(ack().seq(2).ack(6));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "TIME-WAIT");
  CHECK(c.host.receives() == "last");
  c.host.expects_closed();
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: CLOSE-WAIT, CLOSING and LAST-ACK remain at a second FIN", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {close_wait, closing, last_ack})
    for (const std::int64_t seq : {1, 2, 3}) {  // the FIN again; a FIN behind the FIN
      Conversation c = in_state(state, setup);
      c.peer.sends(fin().seq(seq).ack(snd_una(state)));
      CHECK(state_of(c) == name_of(state));
      if (seq == 1) c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      c.host.expects_no_event(&Event::peer_closed);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: TIME-WAIT acknowledges the FIN again and restarts the 2 MSL timeout",
          "[3.10.7.4][3.6.1][MUST-13]") {
  const auto setup = GENERATE(from_range(setups()));
  const Duration two_msl = 2 * setup.config.msl;
  Conversation c = in_time_wait(setup);
  for (int i = 0; i < 3; ++i) {
    c.host.tick(two_msl - 1s);
    c.peer.sends(fin().seq(1).ack(2));
    c.peer.expects(ack().seq(2).ack(2));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "TIME-WAIT");
  }
  c.host.tick(two_msl - 1s);
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.tick(1s);
  CHECK(state_of(c) == (setup.open == Open::passive ? "LISTEN" : "CLOSED"));
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: TIME-WAIT restarts for a FIN that carries text again as well", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_2(setup);
  c.peer.sends(data("text").flag(FIN).seq(1).ack(2));
  c.peer.expects(ack().seq(2).ack(6));
  c.host.tick(2 * setup.config.msl - 1s);
  c.peer.sends(data("text").flag(FIN).seq(1).ack(2));
  c.peer.expects(ack().seq(2).ack(6));
  c.host.tick(2s);
  CHECK(state_of(c) == "TIME-WAIT");
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: TIME-WAIT restarts at any acceptable FIN, and at nothing else", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  const std::string gone = setup.open == Open::passive ? "LISTEN" : "CLOSED";
  Conversation c = in_time_wait(setup);
  c.host.tick(2 * setup.config.msl - 1s);
  c.peer.sends(fin().seq(2).ack(2));
  c.peer.expects(ack().seq(2).ack(2));
  c.host.tick(2s);
  CHECK(state_of(c) == "TIME-WAIT");
  for (const Segment& segment :
       {ack().seq(2).ack(2), ack().seq(1).ack(2), data("old").seq(-2).ack(2), data("new").seq(2).ack(2), rst().seq(3),
        syn().seq(1), fin().seq(2).ack(9), fin().seq(70'000).ack(2)}) {
    Conversation other = in_time_wait(setup);
    other.host.tick(2 * setup.config.msl - 1s);
    other.peer.sends(segment);
    other.peer.ignores_answers();
    other.host.tick(1s);
    CHECK(state_of(other) == gone);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 eighth: what came ahead of a FIN but lies behind it is no text", "[3.10.7.4][3.6.1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("beyond").seq(10));
  c.peer.expects(ack().seq(1).ack(1));
  c.peer.sends(fin().seq(1));
  c.peer.expects(ack().seq(1).ack(2).no_sack());
  REQUIRE(c.host.closes(CloseKind::both));  // nothing is lost by it
  c.peer.expects(fin().seq(1).ack(2));
}

}  // namespace handwave::test
