// RFC 9293 §3.8.2: slow start and congestion avoidance, RFC 5681 §3.1 and §4.1; the initial window, RFC 6928.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>
#include <vector>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t smss = 1460;

Conversation with_numbers(const InitialNumbers& numbers) {
  return in_established({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_window_scale = 7});
}

/// Consumes what was sent, and tells how many octets of text that was.
std::size_t flight(Conversation& c) {
  std::size_t count = 0;
  for (const TcpPacket& packet : c.peer.ignores_answers()) count += packet.text.size();
  return count;
}

/// Acknowledges every segment that was sent by an ACK of its own.
void acknowledges_each(Conversation& c) {
  for (const TcpPacket& packet : c.peer.ignores_answers())
    c.peer.sends(ack().ack(c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size())));
}

/// The same, all of them in one batch: they are read before anything is sent (MUST-58).
void acknowledges_together(Conversation& c) {
  std::vector<Segment> acks;
  for (const TcpPacket& packet : c.peer.ignores_answers())
    acks.push_back(ack().ack(c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size())));
  c.peer.sends_together(acks);
}

/// In congestion avoidance: a timeout set ssthresh to half of ten segments, and cwnd has grown to it since.
Conversation in_congestion_avoidance(const InitialNumbers& numbers) {
  Conversation c = with_numbers(numbers);
  REQUIRE(c.host.sends_octets(900'000));
  c.peer.ignores_answers();
  c.host.tick(1s);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(1 + 10 * smss));
  return c;
}

}  // namespace

TEST_CASE("RFC 6928 §2: the initial window is min(10*MSS, max(2*MSS, 14600))",
          "[3.8.2][MUST-19][RFC6928][5681-3.1-c][6928-2-a]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto [mss, window] =
      GENERATE(std::pair<std::uint16_t, std::size_t>{536, 5360}, std::pair<std::uint16_t, std::size_t>{1460, 14600},
               std::pair<std::uint16_t, std::size_t>{2000, 14000}, std::pair<std::uint16_t, std::size_t>{8000, 16000});
  Setup setup{.open = open, .peer_mss = mss, .peer_window_scale = 7};
  setup.config.mtu = 9000;
  Conversation c = in_established(setup);
  c.peer.sends(ack());  // its window is scaled
  REQUIRE(c.host.sends_octets(100'000));
  CHECK(flight(c) == window);  // in whole segments
  CHECK(c.host.status().congestion_window >= window);
}

TEST_CASE("RFC 5681 §3.1: in slow start each segment acknowledged adds one SMSS to cwnd", "[3.8.2][MUST-19][RFC5681]") {
  Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
  REQUIRE(c.host.sends_octets(900'000));
  CHECK(flight(c) == 10 * smss);
  c.peer.sends(ack().ack(1 + smss));
  CHECK(c.host.status().congestion_window == 11 * smss);
  CHECK(flight(c) == 2 * smss);  // one for the segment that left, one for the growth
  c.peer.sends(ack().ack(1 + 2 * smss));
  CHECK(c.host.status().congestion_window == 12 * smss);
  CHECK(flight(c) == 2 * smss);
}

TEST_CASE("RFC 5681 §3.1: slow start doubles cwnd each round trip",
          "[3.8.2][MUST-19][RFC5681][5681-3.1-a][5681-3.1-f][9438-4.10-a]") {
  Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
  REQUIRE(c.host.sends_octets(900'000));
  for (const std::uint32_t expected : {20U, 40U, 80U}) {
    c.host.tick(100ms);
    acknowledges_each(c);
    CHECK(c.host.status().congestion_window == expected * smss);
  }
}

TEST_CASE("RFC 3465 §2.3: one ACK for many segments lets out what an ACK for each would have, and no more",
          "[3.8.2][RFC3465][RFC5681]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  SECTION("in slow start: two for one") {
    Conversation c = with_numbers(numbers);
    REQUIRE(c.host.sends_octets(900'000));
    CHECK(flight(c) == 10 * smss);
    c.peer.sends(ack().ack(1 + 10 * smss));
    CHECK(flight(c) == 20 * smss);
    c.peer.sends(ack().ack(1 + 30 * smss));
    CHECK(flight(c) == 40 * smss);
  }
  SECTION("in congestion avoidance: one for one, and one more a window") {
    Conversation c = in_congestion_avoidance(numbers);
    CHECK(flight(c) == 5 * smss);
    c.peer.sends(ack().ack(1 + 15 * smss));
    CHECK(flight(c) == 6 * smss);
  }
}

TEST_CASE("RFC 5681 §3.1: a window acknowledged in one batch was in use, and grows as if ACK by ACK",
          "[3.8.2][MUST-19][MUST-58][RFC5681][5681-3.1-j][5681-3.1-k]") {
  SECTION("in slow start") {
    Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
    REQUIRE(c.host.sends_octets(900'000));
    for (const std::uint32_t expected : {20U, 40U, 80U}) {
      c.host.tick(100ms);
      acknowledges_together(c);
      CHECK(c.host.status().congestion_window == expected * smss);
    }
  }
  SECTION("in congestion avoidance") {
    Conversation c = in_congestion_avoidance(GENERATE(from_range(initial_numbers())));
    for (std::uint32_t expected = 6; expected < 12; ++expected) {
      c.host.tick(100ms);
      acknowledges_together(c);
      CHECK(c.host.status().congestion_window == expected * smss);
    }
  }
  SECTION("but not if the application left it unused") {
    Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
    REQUIRE(c.host.sends_octets(4 * smss));
    acknowledges_together(c);
    CHECK(c.host.status().congestion_window == 10 * smss);
  }
}

TEST_CASE("RFC 5681 §3.1: a timeout sets ssthresh to half of the flight and cwnd to one segment",
          "[3.8.2][MUST-19][RFC5681][5681-3.1-g][5681-3.1-m][5681-3.1-n][5681-3.1-o]") {
  Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
  REQUIRE(c.host.sends_octets(900'000));
  c.peer.ignores_answers();
  c.host.tick(1s);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  CHECK(c.host.status().congestion_window == smss);
  c.peer.expects(octets(smss).seq(1));
  c.peer.expects_nothing();
  // The same segment again: ssthresh stays.
  c.host.tick(2s);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  c.peer.expects(octets(smss).seq(1));
  c.peer.expects_nothing();
  // Slow start, from the first hole on.
  c.peer.sends(ack().ack(1 + smss));
  c.peer.expects(octets(smss).seq(1 + smss));
  c.peer.expects(octets(smss).seq(1 + 2 * smss));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5681 (4): ssthresh is no less than two segments", "[3.8.2][MUST-19][RFC5681][5681-3.1-m]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends_octets(100));
  c.peer.expects(octets(100));
  c.host.tick(1s);
  CHECK(c.host.status().slow_start_threshold == 2 * smss);
}

TEST_CASE("RFC 5681 §3.1: in congestion avoidance cwnd grows by one SMSS each round trip",
          "[3.8.2][MUST-19][RFC5681][5681-3.1-a][5681-3.1-i][5681-3.1-j][5681-3.1-k]") {
  Conversation c = in_congestion_avoidance(GENERATE(from_range(initial_numbers())));
  CHECK(c.host.status().congestion_window == 5 * smss);
  for (std::uint32_t expected = 6; expected < 12; ++expected) {
    c.host.tick(100ms);
    acknowledges_each(c);
    CHECK(c.host.status().congestion_window == expected * smss);
  }
}

TEST_CASE("RFC 5681 §3.1: a window that is not used does not grow", "[3.8.2][RFC5681]") {
  Conversation c = in_established();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(c.host.sends_octets(100));
    c.peer.expects(octets(100));
    c.peer.sends(ack());
  }
  CHECK(c.host.status().congestion_window == 10 * smss);
}

TEST_CASE("RFC 5681 §3.1: after a lost SYN the initial window is one segment",
          "[3.8.2][MUST-19][RFC5681][5681-3.1-d][6928-2-b]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = open == Open::active ? in_syn_sent() : in_syn_received();
  c.host.tick(1s);
  c.peer.expects_any();
  c.peer.sends(open == Open::active ? syn_ack().mss(1460) : ack());
  if (open == Open::passive)
    REQUIRE(c.host.accepts());
  else
    c.peer.expects(ack());
  REQUIRE(c.host.sends_octets(100'000));
  CHECK(flight(c) == smss);
}

TEST_CASE("RFC 5681 §4.1: after an RTO without sending, cwnd is no more than the initial window",
          "[3.8.2][MUST-19][RFC5681][5681-4.1]") {
  Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
  REQUIRE(c.host.sends_octets(150 * smss));
  for (int round = 0; round < 5; ++round) acknowledges_each(c);
  CHECK(c.host.status().congestion_window > 50 * smss);
  CHECK(c.host.status().awaiting_acknowledgment == 0);
  SECTION("idle for less than an RTO") {
    c.host.tick(900ms);
    REQUIRE(c.host.sends_octets(900'000));
    CHECK(flight(c) > 50 * smss);
  }
  SECTION("idle for longer") {
    c.host.tick(1001ms);
    REQUIRE(c.host.sends_octets(900'000));
    CHECK(flight(c) == 10 * smss);
  }
}

TEST_CASE("RFC 6928 §2: after a loss in an initial window the restart window is that of RFC 3390",
          "[3.8.2][RFC6928][6928-2-d]") {
  Conversation c = with_numbers(GENERATE(from_range(initial_numbers())));
  const bool in_initial_window = GENERATE(true, false);
  const bool after_idle = GENERATE(true, false);
  const auto lose_one = [&](std::int64_t una) {
    c.peer.ignores_answers();
    for (int duplicate = 0; duplicate < 3; ++duplicate) c.peer.sends(ack().ack(una));
    CHECK(c.host.status().slow_start_threshold < 100 * smss);
    c.peer.ignores_answers();
  };
  REQUIRE(c.host.sends_octets(10 * smss));
  if (in_initial_window) {
    lose_one(1);
    c.peer.sends(ack().ack(1 + 10 * smss));
    REQUIRE(c.host.sends_octets(20 * smss));
  } else {
    c.peer.ignores_answers();
    c.peer.sends(ack().ack(1 + 10 * smss));
    REQUIRE(c.host.sends_octets(20 * smss));
    lose_one(1 + 10 * smss);
    c.peer.sends(ack().ack(1 + 30 * smss));
  }
  while (c.host.status().awaiting_acknowledgment > 0) acknowledges_each(c);
  while (c.host.status().congestion_window < 12 * smss) {
    REQUIRE(c.host.sends_octets(10 * smss));
    while (c.host.status().awaiting_acknowledgment > 0) acknowledges_each(c);
  }
  if (after_idle) c.host.tick(1001ms);
  REQUIRE(c.host.sends_octets(900'000));
  if (after_idle)
    CHECK(flight(c) == (in_initial_window ? 3 : 10) * smss);  // 4380 octets
  else
    CHECK(flight(c) >= 12 * smss);
}

TEST_CASE("RFC 5681 §3: never more than cwnd, nor than the peer's window, is in flight",
          "[3.8.2][MUST-19][RFC5681][5681-2-a][5681-3]") {
  const std::uint16_t window = GENERATE(std::uint16_t{1460}, std::uint16_t{4380}, std::uint16_t{65535});
  Conversation c = in_established({.peer_wnd = window});
  REQUIRE(c.host.sends_octets(100'000));
  CHECK(flight(c) == std::min<std::size_t>(window, 10 * smss));
}

}  // namespace handwave::test
