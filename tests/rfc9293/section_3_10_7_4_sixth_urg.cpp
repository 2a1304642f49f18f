// RFC 9293 §3.10.7.4, sixth: check the URG bit, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.7.4 sixth: URG is signalled where text can still arrive",
          "[3.10.7.4][3.8.5][MUST-32][MUST-33]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(data("urgent").seq(1).ack(snd_una(state)).urgent(6));
    c.host.expects_event(&Event::urgent);
    CHECK(c.host.status().urgent_pending == 6);
    CHECK(c.host.receives(4) == "urge");
    CHECK(c.host.status().urgent_pending == 2);
    CHECK(c.host.receives() == "nt");
    CHECK(c.host.status().urgent_pending == 0);
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 sixth: RCV.UP <- max(RCV.UP,SEG.UP), and the user is signalled once for one run",
          "[3.10.7.4][3.8.5][MUST-32]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("abc").urgent(10));
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 10);
  c.peer.sends(data("def").urgent(7));  // the same end, counted from another SEG.SEQ
  c.host.expects_no_event(&Event::urgent);
  c.peer.sends(data("ghi").urgent(1));  // an end before RCV.UP
  c.host.expects_no_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 10);
  c.peer.sends(data("jkl").urgent(3));  // the pointer moves ahead
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 12);
}

TEST_CASE("RFC 9293 §3.10.7.4 sixth: the pointer counts from SEG.SEQ as it was sent, though old text is trimmed off",
          "[3.10.7.4][3.8.5][MUST-62]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("abcdef"));
  CHECK(c.host.receives() == "abcdef");
  c.peer.sends(data("defghi").seq(4).urgent(5));  // up to and with h
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 2);
}

TEST_CASE("RFC 9293 §3.10.7.4 sixth: urgent data that was consumed already is not signalled", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("abcdef"));
  CHECK(c.host.receives() == "abcdef");
  c.peer.sends(data("fgh").seq(6).urgent(1));
  c.host.expects_no_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 0);
}

TEST_CASE("RFC 9293 §3.10.7.4 sixth: after the peer's FIN the URG is ignored", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {close_wait, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(ack().flag(URG).urgent(5).seq(2).ack(snd_una(state)));
    c.host.expects_no_event(&Event::urgent);
    CHECK(state_of(c) == name_of(state));
  }
}

}  // namespace handwave::test
