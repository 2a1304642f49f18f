// RFC 9293 §3.10.7.4, seventh: process the segment text, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 seventh: text is delivered and acknowledged where the peer may still send",
          "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(data("some text").seq(1).ack(snd_una(state)).psh());
    c.host.expects_event(&Event::readable);
    CHECK(c.host.status().pending_receipt == 9);
    CHECK(c.host.receives() == "some text");
    c.host.tick(499ms);
    c.peer.expects(ack().seq(snd_nxt(state)).ack(10));
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 seventh: text after the peer's FIN is ignored", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {close_wait, closing, last_ack, time_wait})
    for (const std::int64_t ahead : {0, 5}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(data("impossible").seq(2 + ahead).ack(snd_una(state)));
      c.host.tick(400ms);
      for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(c.peer.relative_ack(packet) == 2);
      CHECK(c.host.receives() == "");  // nothing but the end
      CHECK(state_of(c) == name_of(state));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 seventh: RCV.NXT+RCV.WND does not go back while the user does not read",
          "[3.10.7.4][SHLD-14]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.receive_buffer = 10'000;
  Conversation c = in_established(setup);
  std::int64_t edge = 10'001;
  for (int i = 0; i < 10; ++i) {
    c.peer.sends(octets(1000));
    c.host.tick(1s);
    const TcpPacket answer = c.peer.expects(ack());
    const std::int64_t now = c.peer.relative_ack(answer) + answer.wnd;
    CHECK(now >= edge);
    edge = now;
  }
  CHECK(c.host.status().receive_window == 0);
  CHECK(c.host.receives() == pattern_text(0, 10'000));
  const TcpPacket update = c.peer.expects(ack().ack(10'001));
  CHECK(update.wnd > 0);
}

TEST_CASE("RFC 9293 §3.10.7.4 seventh: the ACK is piggybacked on text that goes the other way", "[3.10.7.4][SHLD-18]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("question"));
  c.peer.expects_nothing();
  REQUIRE(c.host.sends("answer"));
  c.peer.expects(data("answer").seq(1).ack(9));
  c.peer.sends(ack());
  c.host.tick(1s);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4 seventh: overlapping pieces in any order give each octet once", "[3.10.7.4][SHLD-31]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  for (const auto& [seq, count] : {std::pair{11, 10}, {6, 10}, {31, 5}, {21, 12}, {16, 30}, {3, 4}, {1, 3}}) {
    c.peer.sends(octets(static_cast<std::size_t>(count)).seq(seq).ack(1));
  }
  CHECK(c.host.receives() == pattern_text(0, 45));
  c.host.tick(1s);
  CHECK(c.peer.relative_ack(c.peer.ignores_answers().back()) == 46);
}

}  // namespace handwave::test
