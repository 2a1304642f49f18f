// RFC 3168 §6.1.2 to §6.1.6: marks, echoes, and what a sender does about them. RFC 9438 §4.6, RFC 4015 §3.4.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t not_ect = 0b00;
constexpr std::uint8_t ect_0 = 0b10;
constexpr std::uint8_t ce = 0b11;
constexpr std::int64_t smss = 1460;

/// SEG.SEQ of the n-th segment, counted from 1.
constexpr std::int64_t segment(std::int64_t n) { return 1 + (n - 1) * smss; }

Segment new_text(std::int64_t n) { return octets(smss).seq(segment(n)).traffic_class(ect_0); }
/// §6.1.5: "MUST NOT set either ECT codepoint for retransmitted data packets"; §6.1.2: nor CWR.
Segment old_text(std::int64_t n) { return octets(smss).seq(segment(n)).traffic_class(not_ect); }

/// ESTABLISHED, with ECN agreed on, and the peer's window scaled.
Conversation with_ecn(Setup setup = {}) {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  setup.host_isn = numbers.host;
  setup.peer_isn = numbers.peer;
  setup.peer_window_scale = 7;
  setup.peer_ecn = true;
  if (setup.open == Open::active) setup.connection.ecn = EcnUse::on;
  Conversation c = in_established(setup);
  c.peer.sends(ack());
  return c;
}

/// Ten segments are in flight, and a lot more is queued.
Conversation with_ten_in_flight(const Setup& setup = {}) {
  Conversation c = with_ecn(setup);
  REQUIRE(c.host.sends_octets(900'000));
  for (int n = 1; n <= 10; ++n) c.peer.expects(new_text(n));
  c.peer.expects_nothing();
  return c;
}

}  // namespace

// ---- §6.1.3: the receiver ----

TEST_CASE("RFC 3168 §6.1.3: from a mark on, all that acknowledges says ECE, until CWR has come",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-e][3168-6.1.3]") {
  Conversation c = with_ecn({.open = GENERATE(Open::passive, Open::active)});
  c.peer.sends(octets(2 * smss));
  c.peer.expects(ack());
  c.peer.sends_together({octets(smss).traffic_class(ce), octets(smss).traffic_class(ect_0)});
  c.peer.expects(ack().flag(ECE).traffic_class(not_ect));  // of both: one was marked
  c.peer.sends(octets(2 * smss).traffic_class(ect_0));
  c.peer.expects(ack().flag(ECE));
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").flag(ECE).traffic_class(ect_0));
  c.peer.sends(octets(100).seq(c.peer.next_seq() + 100));  // out of order
  c.peer.expects(ack().flag(ECE));
  c.peer.sends(octets(100).flag(CWR));  // what was missing
  c.peer.expects(ack());
  c.peer.set_next_seq(c.peer.next_seq() + 100);
  c.peer.sends(octets(2 * smss).traffic_class(ect_0));
  c.peer.expects(ack());
  CHECK(c.host.count(Counter::tcp_ecn_marks_received) == 1);
}

TEST_CASE("RFC 3168 §6.1.3: a mark on the segment with the CWR is echoed anew",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.3]") {
  Conversation c = with_ecn();
  c.peer.sends(octets(2 * smss).traffic_class(ce));
  c.peer.expects(ack().flag(ECE));
  c.peer.sends(octets(2 * smss).traffic_class(ce).flag(CWR));
  c.peer.expects(ack().flag(ECE));
  c.peer.sends(octets(2 * smss).traffic_class(ect_0).flag(CWR));
  c.peer.expects(ack());
}

TEST_CASE("RFC 3168 §6.1.5: marks on text outside of the window are ignored",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.5-b]") {
  Conversation c = with_ecn();
  c.peer.sends(octets(2 * smss));
  c.peer.expects(ack());
  c.peer.sends(octets(smss).seq(1).traffic_class(ce));  // what came before
  c.peer.expects(ack());
  c.peer.sends(octets(smss).seq(2'000'000).traffic_class(ce));
  c.peer.expects(ack());
  CHECK(c.host.count(Counter::tcp_ecn_marks_received) == 0);
}

TEST_CASE("RFC 3168 §6.1.4: a mark on an ACK without text means nothing", "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = with_ecn();
  c.peer.sends(ack().traffic_class(ce));
  c.peer.sends(octets(2 * smss));
  c.peer.expects(ack());
}

TEST_CASE("RFC 3168 §6.1.6: the probe of a closed window that is marked is echoed",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.6-b]") {
  Setup setup;
  setup.connection.receive_buffer = 2000;
  Conversation c = with_ecn(setup);
  c.peer.sends(octets(2000));
  c.host.tick(40ms);
  c.peer.expects(ack().ack(2001).wnd(0));
  c.peer.sends(octets(1).traffic_class(ce));
  c.peer.expects(ack().ack(2001).wnd(0).flag(ECE));
}

TEST_CASE("RFC 3168 §6.1.1: in TIME-WAIT what was agreed on is forgotten", "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = with_ecn();
  c.peer.sends(octets(2 * smss).traffic_class(ce));
  c.peer.expects(ack().flag(ECE));
  REQUIRE(c.host.closes());
  c.peer.expects(fin().flag(ECE));
  c.peer.sends(ack());
  c.peer.sends(fin());
  c.peer.ignores_answers();
  CHECK(c.host.state() == tcp::State::time_wait);
  c.peer.sends(fin().seq(c.peer.next_seq() - 1));
  c.peer.expects(ack());
}

// ---- §6.1.2, §6.1.4 to §6.1.6: what the sender marks as ECN-capable ----

TEST_CASE("RFC 3168 §6.1.5: text that is sent again is not ECN-capable",
          "[3.8.2][RFC3168][SHLD-8][3168-5-a][3168-6.1.2-a][3168-6.1.5-a]") {
  Conversation c = with_ten_in_flight({.peer_sack = GENERATE(false, true)});
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  auto sent = c.peer.ignores_answers();
  REQUIRE_FALSE(sent.empty());
  CHECK(c.peer.relative_seq(sent.back()) == segment(1));
  CHECK(sent.back().traffic_class == not_ect);
  CHECK_FALSE(sent.back().has(CWR));
  // A tail loss probe was new text, and is like any.
  if (sent.size() == 2) CHECK(sent.front().traffic_class == ect_0);
}

TEST_CASE("RFC 3168 §6.1.6: a probe of a closed window is not ECN-capable, nor is any segment without text",
          "[3.8.2][RFC3168][SHLD-8][3168-5.2-a][3168-5.2-b][3168-6.1.4][3168-6.1.6-a]") {
  Conversation c = with_ecn();
  c.peer.sends(ack().wnd(0));
  REQUIRE(c.host.sends_octets(100));
  REQUIRE(c.host.closes());
  c.host.tick(1s);
  c.peer.expects(octets(1).traffic_class(not_ect));
  c.peer.sends(ack().ack(1).wnd(1000));
  c.peer.expects(octets(1).seq(1).traffic_class(not_ect));  // the probe's octet again
  c.peer.sends(ack());
  c.peer.expects(octets(99).seq(2).flag(FIN).traffic_class(ect_0));
  c.peer.sends(ack());
  c.peer.sends(fin());
  c.peer.expects(ack().traffic_class(not_ect));
}

TEST_CASE("RFC 3168 §6.1.2: a FIN alone is not ECN-capable", "[3.8.2][RFC3168][SHLD-8][3168-5.2-a]") {
  Conversation c = with_ecn();
  REQUIRE(c.host.closes());
  c.peer.expects(fin().traffic_class(not_ect));
}

// ---- §6.1.2: what the sender does about an echo ----

TEST_CASE("RFC 3168 §6.1.2: an echo halves the window, once for all echoes of a window, and CWR says so once",
          "[3.8.2][RFC3168][SHLD-8][3168-5-b][3168-6.1.1-d][3168-6.1.2-b][3168-6.1.2-c][3168-6.1.2-f]") {
  Conversation c = with_ten_in_flight({.peer_sack = GENERATE(false, true)});
  c.peer.sends(ack().ack(segment(3)).flag(ECE));
  CHECK(c.host.status().congestion_window == 5 * smss);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  c.peer.expects_nothing();
  // All that was in flight is acknowledged with echoes.
  c.peer.sends(ack().ack(segment(7)).flag(ECE));
  c.peer.expects(new_text(11).flag(CWR));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(segment(11)).flag(ECE));
  for (int n = 12; n <= 15; ++n) c.peer.expects(new_text(n));
  c.peer.expects_nothing();
  CHECK(c.host.status().congestion_window == 5 * smss);
  // The CWR has arrived. Without echoes the window grows again.
  for (int n = 12; n <= 16; ++n) c.peer.sends(ack().ack(segment(n)));
  for (int n = 16; n <= 21; ++n) c.peer.expects(new_text(n));
  CHECK(c.host.status().congestion_window == 6 * smss);
  // And an echo is one of a new mark.
  c.peer.sends(ack().ack(segment(22)).flag(ECE));
  CHECK(c.host.status().congestion_window == 3 * smss);
  c.peer.expects(new_text(22).flag(CWR));
  CHECK(c.host.count(Counter::tcp_ecn_reductions) == 2);
  CHECK(c.host.count(Counter::tcp_retransmitted_segments) == 0);
}

TEST_CASE("RFC 3168 §6.1.2: an echo that was overtaken by an ACK without one is no news", "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = with_ten_in_flight({.peer_sack = GENERATE(false, true)});
  c.peer.sends(ack().ack(segment(4)));
  c.peer.sends(ack().ack(segment(3)).flag(ECE));
  CHECK(c.host.count(Counter::tcp_ecn_reductions) == 0);
}

TEST_CASE("RFC 3168 §6.1.2: where ECN was not agreed on, ECE means nothing", "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends_octets(900'000));
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(segment(3)).flag(ECE));
  CHECK(c.host.count(Counter::tcp_ecn_reductions) == 0);
  CHECK(c.host.status().congestion_window == 12 * smss);
}

TEST_CASE("RFC 9438 §4.6: CUBIC leaves 0.7 of the window at an echo", "[3.8.2][RFC3168][RFC9438][SHLD-8][3168-5-b]") {
  Setup setup{.peer_sack = GENERATE(false, true)};
  setup.connection.congestion_avoidance = CongestionAvoidance::cubic;
  Conversation c = with_ten_in_flight(setup);
  c.peer.sends(ack().ack(segment(3)).flag(ECE));
  CHECK(c.host.status().congestion_window >= 7 * smss - 1);
  CHECK(c.host.status().congestion_window <= 7 * smss);
}

TEST_CASE("RFC 3168 §6.1.2: a loss in a window that was reduced for a mark reduces it no further",
          "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(ack().ack(segment(2)).flag(ECE));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(segment(2)).flag(ECE));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  c.peer.expects(old_text(2));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  CHECK(c.host.status().congestion_window == 5 * smss);
}

TEST_CASE("RFC 3168 §6.1.2: a fast retransmit is told by CWR as well, and echoes in its window ask for no more",
          "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = with_ten_in_flight();
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(1));
  c.peer.expects(new_text(11));  // limited transmit
  c.peer.expects(new_text(12));
  c.peer.expects(old_text(1));
  c.peer.sends(ack().ack(1).flag(ECE));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  c.peer.sends(ack().ack(segment(13)).flag(ECE));
  c.peer.expects(new_text(13).flag(CWR));
  c.peer.expects(new_text(14));
  CHECK(c.host.count(Counter::tcp_ecn_reductions) == 0);
}

TEST_CASE("RFC 3168 §6.1.2: if the segment with the CWR is lost, the window is reduced again, and CWR sent again",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.2-e]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(ack().ack(segment(11)).flag(ECE));
  c.peer.expects(new_text(11).flag(CWR));
  for (int n = 12; n <= 15; ++n) c.peer.expects(new_text(n));
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(segment(11)).flag(ECE));
  c.peer.expects(new_text(16));
  c.peer.expects(new_text(17));
  c.peer.expects(old_text(11));  // "the CWR bit SHOULD NOT be set on retransmitted packets"
  CHECK(c.host.status().slow_start_threshold == 5 * smss / 2);
  c.peer.sends(ack().ack(segment(18)).flag(ECE));
  c.peer.expects(new_text(18).flag(CWR));
}

TEST_CASE("RFC 3168 §6.1.2: a timeout is told by CWR, and echoes do not stop what repairs it",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.2-e]") {
  const bool sack = GENERATE(false, true);
  Conversation c = with_ten_in_flight({.peer_sack = sack});
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();
  c.host.tick(10ms);
  CHECK(c.host.status().congestion_window == smss);
  std::int64_t end = segment(11);
  bool told = false;
  for (int turn = 0; turn < 20 && !told; ++turn) {
    c.peer.sends(ack().ack(c.peer.next_ack() > 1 && turn > 0 ? c.peer.next_ack() : segment(2)).flag(ECE));
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      const bool is_new = c.peer.relative_seq(packet) >= end;
      CHECK(packet.traffic_class == (is_new ? ect_0 : not_ect));
      CHECK((packet.has(CWR) && !is_new) == false);
      told = told || packet.has(CWR);
      if (is_new) end = c.peer.relative_seq(packet) + smss;
    }
  }
  CHECK(told);
}

TEST_CASE("RFC 3168 §6.1.2: with a window of one segment, an echo silences the sender for a timeout, and then longer",
          "[3.8.2][RFC3168][RFC9438][SHLD-8][3168-6.1.2-d][9438-4.6-e]") {
  Conversation c = with_ten_in_flight();
  std::int64_t next = 11;
  while (c.host.status().congestion_window > smss) {
    c.peer.sends(ack().ack(segment(next)).flag(ECE));
    next += static_cast<std::int64_t>(c.peer.ignores_answers().size());
  }
  CHECK(c.host.status().slow_start_threshold == 2 * smss);
  for (const Duration silence : {1s, 2s, 4s}) {
    // "The sending TCP will then be able to send a new packet only when the retransmit timer expires."
    c.peer.sends(ack().ack(segment(next)).flag(ECE));
    c.host.tick(silence - 1ms);
    c.peer.expects_nothing();
    c.host.tick(1ms);
    c.peer.expects(new_text(next++).flag(CWR));
    c.peer.expects_nothing();
  }
  c.peer.sends(ack().ack(segment(next)));
  c.peer.expects(new_text(next));
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 4015 §3.4: a timeout that was needless is not undone by an ACK that echoes a mark",
          "[3.8.2][RFC4015][RFC3168][4015-3.4]") {
  const bool echo = GENERATE(false, true);
  Conversation c = with_ecn({.peer_sack = true, .peer_timestamps = true});
  REQUIRE(c.host.sends_octets(900'000));
  const auto first = c.peer.ignores_answers();
  REQUIRE(first.size() == 10);
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();
  const Segment late = ack().ack(1 + smss - 12).timestamps(c.peer.timestamp(), first[0].timestamps->first);
  c.peer.sends(echo ? late.flag(ECE) : late);
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 1);
  CHECK((c.host.status().congestion_window > 9 * smss) == !echo);
}

}  // namespace handwave::test
