// RFC 9293 §3.8.4: keep-alives.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr KeepAlive every_ten_seconds{.enabled = true, .idle = 10s, .interval = 2s, .probes = 3};

Conversation established_with(const KeepAlive& keep_alive, Setup setup = {}) {
  setup.connection.keep_alive = keep_alive;
  return in_established(setup);
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.4: by default an idle connection is left alone", "[3.8.4][MUST-25][MAY-5]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = in_established({.open = open});
  c.host.tick(48h);
  c.peer.expects_nothing();
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.8.4: switched on, the first probe leaves after two hours by default",
          "[3.8.4][MUST-24][MUST-28]") {
  Conversation c = established_with({.enabled = true});
  c.host.tick(2h - 1ms);
  c.peer.expects_nothing();
  c.host.tick(1ms);
  c.peer.expects(ack().seq(0).ack(1));
}

TEST_CASE("RFC 9293 §3.8.4: a probe has no text, and the number before SND.NXT", "[3.8.4][SHLD-12][MUST-27]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c =
      established_with(every_ten_seconds, {.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer});
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text"));
  c.peer.sends(ack());
  c.host.tick(10s);
  c.peer.expects(ack().seq(4).ack(1));  // SND.NXT is 5
  c.peer.sends(ack());
  c.host.tick(10s - 1ms);
  c.peer.expects_nothing();
  c.host.tick(1ms);
  c.peer.expects(ack().seq(4));
}

TEST_CASE("RFC 9293 §3.8.4: they are switched on and off for one connection, at any time", "[3.8.4][MUST-24]") {
  Conversation c = in_established();
  c.host.tick(1h);
  c.host.sets_options({.keep_alive = every_ten_seconds});
  c.host.tick(10s);
  c.peer.expects(ack().seq(0));
  c.host.sets_options({.keep_alive = {}});
  c.host.tick(24h);
  c.peer.expects_nothing();
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.8.4: none leaves while anything arrives within the interval", "[3.8.4][MUST-26]") {
  Conversation c = established_with(every_ten_seconds);
  SECTION("ACKs") {
    for (int i = 0; i < 20; ++i) {
      c.host.tick(9s);
      c.peer.expects_nothing();
      c.peer.sends(ack());
    }
  }
  SECTION("text") {
    for (int i = 0; i < 20; ++i) {
      c.host.tick(9s);
      c.peer.expects_nothing();
      c.peer.sends(data("x"));
      c.host.tick(500ms);
      c.peer.expects(ack());
    }
  }
}

TEST_CASE("RFC 9293 §3.8.4: none leaves while anything sent is outstanding", "[3.8.4][MUST-26]") {
  Conversation c = established_with(every_ten_seconds);
  REQUIRE(c.host.sends("text"));
  c.host.tick(200s);
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(packet.text == "text");
  CHECK(c.host.count(Counter::tcp_keep_alives_sent) == 0);
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.8.4: nor when text leaves in the very turn in which a probe is due", "[3.8.4][MUST-26]") {
  Conversation c = established_with(every_ten_seconds);
  c.host.tick(10s - 1ms);
  c.host.stack().handle_timeout(c.host.now() + 1ms);
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").seq(1));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.8.4: an interval without end is none", "[3.8.4][MUST-27]") {
  for (const KeepAlive& keep_alive : {KeepAlive{.enabled = true, .idle = Duration::max()},
                                      KeepAlive{.enabled = true, .idle = 10s, .interval = Duration::max()}}) {
    Conversation c = established_with(keep_alive);
    c.host.tick(11s);
    c.peer.ignores_answers();
    c.host.tick(48h);
    c.peer.expects_nothing();
    CHECK(c.host.state() == tcp::State::established);
  }
}

TEST_CASE("RFC 9293 §3.8.4: one probe without an answer proves nothing", "[3.8.4][MUST-29]") {
  Conversation c = established_with(every_ten_seconds);
  c.host.tick(10s);
  c.peer.expects(ack().seq(0));
  c.host.tick(2s);
  c.peer.expects(ack().seq(0));
  c.host.tick(1s);
  CHECK(c.host.state() == tcp::State::established);
  c.peer.sends(ack());
  c.host.tick(9s);
  c.peer.expects_nothing();
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.8.4: not even where the application asks for one probe only", "[3.8.4][MUST-29]") {
  const unsigned probes = GENERATE(0U, 1U);
  Conversation c = established_with({.enabled = true, .idle = 10s, .interval = 2s, .probes = probes});
  c.host.tick(13s);
  CHECK(c.host.state() == tcp::State::established);
  CHECK(c.host.count(Counter::tcp_keep_alives_sent) == 2);
}

TEST_CASE("RFC 9293 §3.8.4: when all probes went unanswered, the connection ends with an error", "[3.8.4][MUST-29]") {
  Conversation c = established_with(every_ten_seconds);
  c.host.tick(10s + 2 * 2s);
  for (int i = 0; i < 3; ++i) c.peer.expects(ack().seq(0));
  CHECK(c.host.state() == tcp::State::established);
  c.host.tick(2s);
  c.host.expects_closed(TcpError::keep_alive_timeout);
  c.peer.expects(rst().seq(1));
}

TEST_CASE("RFC 9293 §3.8.4: a probe of the peer's is answered", "[3.8.4][MUST-29]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer});
  SECTION("without text") { c.peer.sends(ack().seq(0)); }
  SECTION("with an octet of garbage") { c.peer.sends(data("x").seq(0)); }
  c.peer.expects(ack().seq(1).ack(1));
  CHECK(c.host.receives().error() == TcpError::would_block);
}

}  // namespace handwave::test
