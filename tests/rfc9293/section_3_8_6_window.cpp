// RFC 9293 §3.8.6: managing the window; a peer that shrinks its own.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// Ten segments of 1460 octets are in flight and more is queued, when the window shrinks to `window` from octet 1 on.
Conversation shrunk_to(std::uint16_t window, Setup setup = {}) {
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(50'000));
  CHECK(c.peer.ignores_answers().size() == 10);
  c.peer.set_wnd(window);
  c.peer.sends(ack().ack(1));
  return c;
}

Setup setup_of(const InitialNumbers& numbers) { return {.host_isn = numbers.host, .peer_isn = numbers.peer}; }

}  // namespace

TEST_CASE("RFC 9293 §3.8.6: with a window that shrank, nothing new is sent",
          "[3.8.6][MUST-34][SHLD-15][7323-2.4-a][7323-2.4-d]") {
  Conversation c = shrunk_to(5000, setup_of(GENERATE(from_range(initial_numbers()))));
  CHECK(c.host.status().send_window == 5000);
  c.peer.expects_nothing();
  REQUIRE(c.host.sends_octets(5000));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(1461));  // one segment less, and the same window: still beyond its edge
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.8.6: with a window that shrank, an ACK comes from its edge, not from beyond",
          "[3.8.6][MUST-34]") {
  Conversation c = shrunk_to(5000, setup_of(GENERATE(from_range(initial_numbers()))));
  c.peer.sends(octets(1460).seq(1461).ack(1));
  c.peer.expects(ack().seq(5001).ack(1));
}

TEST_CASE("RFC 9293 §3.8.6: what lies within the smaller window is sent again, and nothing beyond",
          "[3.8.6][MUST-34][SHLD-16][7323-2.4-a]") {
  Conversation c = shrunk_to(4000, setup_of(GENERATE(from_range(initial_numbers()))));
  std::int64_t una = 1;
  for (int round = 0; round < 6; ++round) {
    c.host.tick(1s * (1 << std::min(round, 5)));
    const auto again = c.peer.ignores_answers();
    for (const TcpPacket& packet : again)
      CHECK(c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size()) <= una + 4000);
    if (!again.empty()) una = c.peer.relative_seq(again.back()) + static_cast<std::int64_t>(again.back().text.size());
    c.peer.sends(ack().ack(una));
  }
  CHECK(una > 4000);
  c.peer.set_wnd(65535);
  c.peer.sends(ack().ack(una));
  for (int i = 0; i < 100 && c.host.status().awaiting_acknowledgment > 0; ++i) {
    c.host.tick(2s);
    c.peer.ignores_answers();
    c.peer.sends(ack());
  }
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("RFC 9293 §3.8.6: a window that shrank to zero is probed, with what is outstanding",
          "[3.8.6][MUST-34][MUST-35]") {
  Conversation c = shrunk_to(0, setup_of(GENERATE(from_range(initial_numbers()))));
  c.peer.expects_nothing();
  c.host.tick(1s);
  c.peer.expects(octets(1).seq(1));
  c.peer.sends(ack().ack(1));
  c.host.tick(2s);
  c.peer.expects(octets(1).seq(1));
  c.peer.expects_nothing();
  c.peer.set_wnd(65535);
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(1460).seq(1));
}

TEST_CASE("RFC 9293 §3.8.6: a connection does not end because what lies beyond the window is not acknowledged",
          "[3.8.6][SHLD-17]") {
  Setup setup;
  setup.connection.user_timeout = 10s;
  Conversation c = shrunk_to(0, setup);
  for (int i = 0; i < 600; ++i) {  // an hour of probes, all of them answered
    c.host.tick(6s);
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      CHECK(packet.text.size() == 1);
      c.peer.sends(ack().ack(1));
    }
    REQUIRE(c.host.state() == tcp::State::established);
  }
}

TEST_CASE("RFC 9293 §3.8.6: as a receiver we never move the right edge to the left", "[3.8.6][SHLD-14]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto scale = GENERATE(std::optional<std::uint8_t>{}, std::optional<std::uint8_t>{7});
  Setup setup = setup_of(numbers);
  setup.peer_window_scale = scale;
  setup.connection.receive_buffer = GENERATE(std::size_t{3000}, std::size_t{100'000}, std::size_t{1} << 20);
  Conversation c = in_established(setup);
  const unsigned shift = scale ? setup.connection.receive_buffer.limit > 524'280  ? 5
                                 : setup.connection.receive_buffer.limit > 65'535 ? 1
                                                                                  : 0
                               : 0;
  std::int64_t edge = 0;
  std::int64_t arrived = 0;
  for (int i = 0; i < 300; ++i) {
    const auto window = static_cast<std::int64_t>(c.host.status().receive_window);
    const auto size = std::min<std::int64_t>({window, 1 + i * 37 % 1460});
    c.peer.sends(octets(static_cast<std::size_t>(size)));
    arrived += size;
    if (i % 3 == 0) static_cast<void>(c.host.receives(static_cast<std::size_t>(i * 13)));
    c.host.tick(50ms);
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      const std::int64_t offered = c.peer.relative_ack(packet) + (std::int64_t{packet.wnd} << shift);
      // RFC 7323 §2.4: what the shift cuts off is not taken back.
      CHECK(offered > edge - (std::int64_t{1} << shift));
      edge = std::max(edge, offered);
    }
    CHECK(arrived + static_cast<std::int64_t>(c.host.status().receive_window) + 1 >= edge);
  }
}

}  // namespace handwave::test
