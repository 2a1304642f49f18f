// Pacing: a window leaves over the round trip (RFC 9002 §7.7).
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t smss = 1460;

/// A round trip takes 100 ms, cwnd is more than 15 segments, and nothing is in flight.
Conversation with_window(bool pacing) {
  Setup setup{.host_isn = std::nullopt, .peer_window_scale = 7};
  setup.connection.pacing = pacing;
  Conversation c = in_established(setup);
  for (int n = 0; n < 10; ++n) {
    REQUIRE(c.host.sends_octets(10 * smss));
    c.peer.ignores_answers();
    c.host.tick(100ms);
    c.peer.sends(ack().ack(1 + (n + 1) * 10 * std::int64_t{smss}));
  }
  return c;
}

std::size_t segments_sent(Conversation& c) { return c.peer.ignores_answers().size(); }

}  // namespace

TEST_CASE("Pacing: after a burst of an initial window the rest follows at its time, with no ACK to ask for it",
          "[pacing][RFC9406]") {
  Conversation c = with_window(true);
  const std::size_t cwnd = c.host.status().congestion_window / smss;
  REQUIRE(cwnd > 15);
  REQUIRE(c.host.sends_octets(900'000));
  std::size_t sent = segments_sent(c);
  CHECK(sent == 10);
  for (int ms = 0; ms < 60; ++ms) {
    c.host.tick(1ms);
    const std::size_t now = segments_sent(c);
    CHECK(now <= 2);
    sent += now;
  }
  CHECK(sent == cwnd);  // in slow start a window takes half a round trip
}

TEST_CASE("Pacing: switched off, a window leaves at once", "[pacing]") {
  Conversation c = with_window(false);
  const std::size_t cwnd = c.host.status().congestion_window / smss;
  REQUIRE(c.host.sends_octets(900'000));
  CHECK(segments_sent(c) == cwnd);
}

TEST_CASE("Pacing: a short round trip is not paced", "[pacing]") {
  Setup setup{.peer_window_scale = 7};
  setup.connection.pacing = true;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(900'000));
  CHECK(segments_sent(c) == 10);
  c.peer.sends(ack().ack(1 + 10 * smss));
  CHECK(segments_sent(c) == 20);
}

}  // namespace handwave::test
