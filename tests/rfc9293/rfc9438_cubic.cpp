// RFC 9293 §3.8.2 (MAY-18): CUBIC, RFC 9438, as it is seen on the wire; its arithmetic is in tests/unit/tcp_cubic.cpp.
#include <algorithm>
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

Conversation with(CongestionAvoidance algorithm, const InitialNumbers& numbers) {
  Setup setup{.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_window_scale = 7};
  setup.connection.congestion_avoidance = algorithm;
  setup.connection.send_buffer = std::size_t{8} << 20;
  Conversation c = in_established(setup);
  c.peer.sends(ack());  // its window is scaled from now on, and stays
  return c;
}

/// Loses the first of ten segments, and has it repaired by fast retransmit.
void loses_the_first(Conversation& c) {
  REQUIRE(c.host.sends_octets(4'000'000));
  c.peer.ignores_answers();
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(1));
  c.peer.ignores_answers();
}

}  // namespace

TEST_CASE("RFC 9438 is what a connection uses unless it is told otherwise", "[3.8.2][MAY-18][RFC9438]") {
  CHECK(ConnectionOptions{}.congestion_avoidance == CongestionAvoidance::cubic);
}

TEST_CASE("RFC 9438 §4.6: a fast retransmit sets ssthresh to 0.7 of the flight, NewReno's to half of it",
          "[3.8.2][MAY-18][RFC9438][9438-4.6-a][9438-4.6-b][9406-4.2-e]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation cubic = with(CongestionAvoidance::cubic, numbers);
  loses_the_first(cubic);
  CHECK(cubic.host.status().slow_start_threshold == 7 * smss);
  Conversation reno = with(CongestionAvoidance::new_reno, numbers);
  loses_the_first(reno);
  CHECK(reno.host.status().slow_start_threshold == 5 * smss);
}

TEST_CASE("RFC 9438 §4.8: a timeout sets ssthresh to 0.7 of the flight and cwnd to one segment",
          "[3.8.2][MAY-18][RFC9438][9438-4.10-a]") {
  Conversation c = with(CongestionAvoidance::cubic, GENERATE(from_range(initial_numbers())));
  REQUIRE(c.host.sends_octets(900'000));
  c.peer.ignores_answers();
  c.host.tick(1s);
  CHECK(c.host.status().slow_start_threshold == 7 * smss);
  CHECK(c.host.status().congestion_window == smss);
}

TEST_CASE("RFC 9438 §4.2: in congestion avoidance cwnd grows with the time, not with the round trips",
          "[3.8.2][MAY-18][RFC9438][9438-4.2-a]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  // K is (10 * 0.3 / 0.4)^(1/3), about 2 s: after 6 s W_cubic is 10 + 0.4 * 4^3, about 36 segments. One segment a round
  // trip would have come to 24, or to 16.
  std::vector<std::uint32_t> windows;
  for (const Duration round_trip : {Duration{300ms}, Duration{500ms}}) {
    Conversation c = with(CongestionAvoidance::cubic, numbers);
    loses_the_first(c);
    c.peer.sends(ack().ack(1 + 12 * smss));  // all, with what limited transmit sent
    CHECK(c.host.status().congestion_window <= 7 * smss);
    Duration past{};
    while (past < 6s) {
      if (c.host.status().congestion_window >= 7 * smss) past += round_trip;  // slow start is over
      std::int64_t end = 0;
      for (const TcpPacket& packet : c.peer.ignores_answers())
        end = std::max(end, c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size()));
      c.host.tick(round_trip);
      c.peer.sends(ack().ack(end));
    }
    windows.push_back(c.host.status().congestion_window / smss);
  }
  CAPTURE(windows);
  for (const std::uint32_t window : windows) {
    CHECK(window >= 28);
    CHECK(window <= 42);
  }
}

}  // namespace handwave::test
