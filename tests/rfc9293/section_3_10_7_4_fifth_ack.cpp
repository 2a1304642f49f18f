// RFC 9293 §3.10.7.4, fifth: check the ACK field, in every state; MAY-12 (RFC 5961 §5).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t max_snd_wnd = 65535;  // the fixtures' peer offered that

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 fifth: without the ACK bit a segment is dropped, in every state", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  std::vector<tcp::State> states = synchronized_states;
  states.push_back(tcp::State::syn_received);
  for (const tcp::State state : states)
    for (const Segment& segment :
         {bare(), bare().text("text"), bare().flag(FIN), bare().flag(URG).text("x").urgent(1)}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(segment.seq(rcv_nxt(state)));
      c.host.tick(400ms);
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
      CHECK(c.host.events().empty());
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SYN-RECEIVED enters ESTABLISHED at SND.UNA < SEG.ACK =< SND.NXT",
          "[3.10.7.4][3.5]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(ack().seq(1).ack(1).wnd(1234));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "ESTABLISHED");
  if (setup.open == Open::passive) {
    c.host.expects_event(&Event::acceptable);
    REQUIRE(c.host.accepts());
  } else {
    c.host.expects_event(&Event::established);
  }
  CHECK(c.host.status().send_window == 1234);  // SND.WND <- SEG.WND
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SYN-RECEIVED goes on to the text and the FIN of the segment that establishes it",
          "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(data("request").flag(FIN).seq(1).ack(1));
  c.peer.expects(ack().seq(1).ack(9));
  CHECK(state_of(c) == "CLOSE-WAIT");
  if (setup.open == Open::passive) REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == "request");
  CHECK(c.host.receives() == "");
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SYN-RECEIVED answers an unacceptable ACK with <SEQ=SEG.ACK><CTL=RST> and stays",
          "[3.10.7.4][3.5.2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const std::int64_t unacceptable : {0LL, 2LL, -1LL, 100'000LL, -100'000LL})
    for (const Segment& segment : {ack(), data("text"), fin()}) {
      Conversation c = in_syn_received(setup);
      c.peer.sends(segment.seq(1).ack(unacceptable));
      c.peer.expects(rst().seq(unacceptable));
      c.peer.expects_nothing();
      CHECK(state_of(c) == "SYN-RECEIVED");
      c.peer.sends(ack().seq(1).ack(1));
      CHECK(state_of(c) == "ESTABLISHED");
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SEG.ACK > SND.NXT is answered with an ACK and the segment dropped, in every state",
          "[3.10.7.4][3.5.2][MAY-12][U-4][5961-5.2-b]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states)
    for (const std::int64_t beyond : {1, 1000, 0x7000'0000})
      for (const Segment& segment : {ack(), data("injected"), fin(), data("i").urgent(1)}) {
        Conversation c = in_state(state, setup);
        c.peer.sends(segment.seq(rcv_nxt(state)).ack(snd_nxt(state) + beyond));
        c.peer.expects(acknowledgment_in(state));
        c.peer.expects_nothing();
        CHECK(state_of(c) == name_of(state));
        CHECK(c.host.events().empty());
        CHECK(c.host.count(Counter::tcp_ack_unacceptable) == 1);
      }
}

TEST_CASE("RFC 5961 §5: SEG.ACK < SND.UNA - MAX.SND.WND is answered with an ACK and the segment dropped",
          "[3.10.7.4][RFC5961][MAY-12][U-4][5961-5.2-b]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack})
    for (const Segment& segment : {ack(), data("injected"), fin()}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(segment.seq(rcv_nxt(state)).ack(snd_una(state) - max_snd_wnd - 1));
      c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
      CHECK(c.host.events().empty());
    }
}

TEST_CASE("RFC 5961 §5: TIME-WAIT, which needs no MAX.SND.WND any more, takes the largest there can be",
          "[3.10.7.4][RFC5961][MAY-12][U-4][5961-5.2-b]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_time_wait(setup);
  c.peer.sends(ack().seq(2).ack(2 - (65535LL << 14)));
  c.peer.expects_nothing();
  c.peer.sends(ack().seq(2).ack(2 - (65535LL << 14) - 1));
  c.peer.expects(acknowledgment_in(tcp::State::time_wait));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5961 §5: an ACK as old as SND.UNA - MAX.SND.WND does no harm to the segment's text",
          "[3.10.7.4][RFC5961][MAY-12][U-4][5961-5.2-a]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2})
    for (const std::int64_t old : {std::int64_t{0}, std::int64_t{1}, max_snd_wnd}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(data("delayed").seq(1).ack(snd_una(state) - old));
      CHECK(c.host.receives() == "delayed");
      CHECK(state_of(c) == name_of(state));
    }
}

TEST_CASE("RFC 5961 §5: MAX.SND.WND is the largest window ever offered, scaled",
          "[3.10.7.4][RFC5961][MAY-12][U-4][5961-5.2-a]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_window_scale = 3;
  setup.peer_wnd = 20000;
  Conversation c = in_established(setup);
  c.peer.sends(ack().seq(1).ack(1).wnd(20000));  // 160,000 octets
  c.peer.sends(ack().seq(1).ack(1).wnd(1));
  CHECK(c.host.status().send_window == 8);
  c.peer.sends(data("in").seq(1).ack(1 - 160'000).wnd(1));
  CHECK(c.host.receives() == "in");
  c.peer.ignores_answers();
  c.peer.sends(data("out").seq(3).ack(1 - 160'001).wnd(1));
  c.peer.expects(ack().seq(1).ack(3));
  CHECK(c.host.receives().error() == TcpError::would_block);
}

TEST_CASE("RFC 5961 §7: the ACKs that answer unacceptable ACKs are limited", "[3.10.7.4][RFC5961][U-4][5961-7-a]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states) {
    Conversation c = in_state(state, setup);
    for (int i = 0; i < 30; ++i) c.peer.sends(ack().seq(rcv_nxt(state)).ack(snd_nxt(state) + 5));
    CHECK(c.peer.ignores_answers().size() == 10);
    CHECK(c.host.count(Counter::tcp_challenge_acks_limited) == 20);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SND.UNA follows SEG.ACK, and what is acknowledged is removed", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("0123456789"));
  c.peer.expects(data("0123456789").seq(1));
  c.peer.sends(ack().ack(5));
  CHECK(c.host.status().awaiting_acknowledgment == 6);
  c.peer.sends(ack().ack(3));  // a duplicate "can be ignored"
  CHECK(c.host.status().awaiting_acknowledgment == 6);
  c.host.tick(3s);
  c.peer.expects(data("456789").seq(5));
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(11));
  CHECK(c.host.status().awaiting_acknowledgment == 0);
  c.host.tick(10s);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: SND.WND follows segments with SND.WL1 < SEG.SEQ, or as new and SND.WL2 =< SEG.ACK",
          "[3.10.7.4][U-10]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("0123456789"));
  c.peer.ignores_answers();
  c.peer.sends(ack().seq(1).ack(5).wnd(3000));
  CHECK(c.host.status().send_window == 3000);
  c.peer.sends(ack().seq(1).ack(5).wnd(2000));  // as new, SND.WL2 = SEG.ACK
  CHECK(c.host.status().send_window == 2000);
  c.peer.sends(ack().seq(1).ack(1).wnd(9000));  // as new, but SEG.ACK < SND.WL2
  CHECK(c.host.status().send_window == 2000);
  c.peer.sends(data("new").seq(11).ack(5).wnd(1000));  // SND.WL1 < SEG.SEQ, though it is out of order
  CHECK(c.host.status().send_window == 1000);
  c.peer.sends(data("older").seq(1).ack(5).wnd(9000));  // SEG.SEQ < SND.WL1: an old segment
  CHECK(c.host.status().send_window == 1000);
}

TEST_CASE(
    "RFC 9293 §3.10.7.4 fifth, deliberately otherwise: an ACK newer than SND.WL2 brings its window though SEG.SEQ "
    "< SND.WL1, since SND.WND counts from the SND.UNA that it moves",
    "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("0123456789"));
  c.peer.ignores_answers();
  c.peer.sends(data("new").seq(6).ack(5).wnd(1000));
  CHECK(c.host.status().send_window == 1000);
  c.peer.sends(data("older").seq(1).ack(11).wnd(700));
  CHECK(c.host.status().send_window == 700);
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: FIN-WAIT-1 enters FIN-WAIT-2 when the FIN is acknowledged, not before",
          "[3.10.7.4][3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("text"));
  REQUIRE(c.host.closes());
  c.peer.ignores_answers();
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.peer.sends(ack().ack(3));
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.peer.sends(ack().ack(5));
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.host.expects_no_event(&Event::all_acknowledged);
  c.peer.sends(ack().ack(6));
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.host.expects_event(&Event::all_acknowledged);  // "the user's CLOSE can be acknowledged ('ok')"
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: FIN-WAIT-1 goes on to the text of the segment that acknowledges the FIN",
          "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_1(setup);
  c.peer.sends(data("answer").seq(1).ack(2));
  CHECK(state_of(c) == "FIN-WAIT-2");
  CHECK(c.host.receives() == "answer");
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: CLOSE-WAIT processes ACKs as ESTABLISHED does", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.sends("0123456789"));
  c.peer.expects(data("0123456789").seq(1).ack(2));
  c.peer.sends(ack().seq(2).ack(8).wnd(777));
  CHECK(c.host.status().awaiting_acknowledgment == 3);
  CHECK(c.host.status().send_window == 777);
  CHECK(state_of(c) == "CLOSE-WAIT");
}

TEST_CASE(
    "RFC 9293 §3.10.7.4 fifth: CLOSING enters TIME-WAIT when the FIN is acknowledged; else the segment is ignored",
    "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_closing(setup);
  c.peer.sends(ack().seq(2).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "CLOSING");
  c.peer.sends(ack().seq(2).ack(2));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.expects_event(&Event::all_acknowledged);
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: LAST-ACK enters CLOSED when the FIN is acknowledged", "[3.10.7.4][MUST-12]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_last_ack(setup);
  c.peer.sends(ack().seq(2).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "LAST-ACK");
  c.peer.sends(ack().seq(2).ack(2));
  c.peer.expects_nothing();
  CHECK(state_of(c) == (setup.open == Open::passive ? "LISTEN" : "CLOSED"));
  CHECK(c.host.receives() == "");  // the end that was never read
  c.host.expects_closed();
}

}  // namespace handwave::test
