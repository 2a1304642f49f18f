// RFC 5482: the user timeout option, between two ends.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <optional>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// The option's field, as the packet stood on the wire.
std::optional<std::uint16_t> told_by(const Conversation& c, const TcpPacket& packet) {
  const Bytes octets = c.host.octets_of(packet);
  const std::size_t header = octets[0] >> 4 == 4 ? 20 : 40;
  const std::size_t end = header + (octets[header + 12] >> 4) * 4U;
  for (std::size_t i = header + 20; i + 1 < end && octets[i] != 0;) {
    if (octets[i] == 28) return static_cast<std::uint16_t>(octets[i + 2] << 8 | octets[i + 3]);
    i += octets[i] == 1 ? 1 : octets[i + 1];
  }
  return std::nullopt;
}

Segment telling(const Segment& segment, std::uint16_t field) {
  return segment.raw_options({28, 4, static_cast<std::uint8_t>(field >> 8), static_cast<std::uint8_t>(field)});
}

Setup enabled(Open open = Open::passive) {
  Setup setup{.open = open};
  setup.connection.user_timeout_option.enabled = true;
  return setup;
}

/// How long text stays unacknowledged until the connection is given up.
Duration gives_up_after(Conversation& c) {
  REQUIRE(c.host.sends("lost"));
  const Instant begin = c.host.now();
  const auto given_up = [&] { return c.host.count(Counter::tcp_user_timeouts) > 0; };
  while (!given_up() && c.host.now() - begin < 24h) REQUIRE(c.host.tick_to_deadline());
  return c.host.now() - begin;
}

}  // namespace

TEST_CASE("RFC 5482 §3: nothing is told and nothing heeded unless the application has asked for it",
          "[uto][RFC5482][5482-3-a][5482-3-d]") {
  Conversation c = in_syn_sent({.open = Open::active});
  c.peer.sends(telling(syn_ack(), 0x7000));
  const TcpPacket answer = c.peer.expects(ack());
  CHECK_FALSE(told_by(c, answer));
  CHECK_FALSE(c.host.status().peer_user_timeout);
  CHECK(c.host.status().user_timeout == 5min);
  CHECK(gives_up_after(c) == 5min);
}

TEST_CASE("RFC 5482 §3: the SYN tells, and the first packet without SYN does", "[uto][RFC5482][5482-3-b]") {
  Conversation active = in_closed();
  OpenOptions options;
  options.connection.user_timeout_option.enabled = true;
  options.connection.user_timeout = 10min;
  FourTuple sockets{{host_endpoint_v4.address, 40'000}, peer_endpoint_v4};
  options.local_port = sockets.local.port;
  REQUIRE(active.host.connects(peer_endpoint_v4, options));
  ScriptedPeer peer(active.host, sockets, Seq{9000});
  CHECK(told_by(active, peer.expects(syn())) == 600);
  peer.sends(syn_ack().mss(1460));
  CHECK(told_by(active, peer.expects(ack())) == 600);
  REQUIRE(active.host.sends("x"));  // RFC 5482 §3.2: not again
  CHECK_FALSE(told_by(active, peer.expects_any()));

  Conversation passive = in_established(enabled());
  REQUIRE(passive.host.sends("x"));
  CHECK(told_by(passive, passive.peer.expects_any()) == 300);
  passive.peer.sends(ack());
  REQUIRE(passive.host.sends("y"));
  CHECK_FALSE(told_by(passive, passive.peer.expects_any()));
}

TEST_CASE("RFC 5482 §3: a new user timeout is told with the next segment that has room for it",
          "[uto][RFC5482][5482-3-c]") {
  Conversation c = in_established(enabled());
  REQUIRE(c.host.sends("x"));
  c.peer.expects_any();
  ConnectionOptions options = c.setup.connection;
  options.user_timeout = 20min;
  REQUIRE(c.host.sets_options(options));
  REQUIRE(c.host.sends_octets(1460));
  const TcpPacket full = c.peer.expects_any();
  CHECK(full.size == 1500);
  CHECK_FALSE(told_by(c, full));
  c.peer.sends(octets(10));
  c.host.tick(1s);
  CHECK(told_by(c, c.peer.expects_any()) == 1200);
}

TEST_CASE("RFC 5482 §3.1: the longer of the two user timeouts is adopted, within our limits",
          "[uto][RFC5482][5482-3-e][5482-3.1-b][5482-3.1-c][5482-3.3-c]") {
  struct Case {
    std::uint16_t field;
    Duration adopted;
  };
  const auto [field, adopted] = GENERATE(Case{600, 10min}, Case{0x800a, 10min}, Case{60, 5min}, Case{0xffff, 1h});
  const bool on_syn = GENERATE(true, false);
  Conversation c = in_syn_sent(enabled(Open::active));
  c.peer.sends(on_syn ? telling(syn_ack(), field) : syn_ack());
  c.peer.expects(ack());
  if (!on_syn) c.peer.sends(telling(ack(), field));
  CHECK(c.host.status().user_timeout == adopted);
  CHECK(gives_up_after(c) == adopted);
  CHECK(c.host.count(Counter::tcp_user_timeouts) == 1);
}

TEST_CASE("RFC 5482 §3.1: a user timeout that the application has set is its own, and it hears what the peer said",
          "[uto][RFC5482][5482-3-f][5482-3.1-a][5482-3.1-f]") {
  Setup setup = enabled();
  setup.connection.user_timeout = 2min;
  Conversation c = in_established(setup);
  c.peer.sends(telling(ack(), 600));
  CHECK(c.host.status().user_timeout == 2min);
  CHECK(c.host.status().peer_user_timeout == 10min);
  setup.connection.user_timeout_option.changeable = true;  // unless it says otherwise
  REQUIRE(c.host.sets_options(setup.connection));
  CHECK(c.host.status().user_timeout == 10min);
  setup.connection.user_timeout_option.changeable = false;
  REQUIRE(c.host.sets_options(setup.connection));
  CHECK(gives_up_after(c) == 2min);
}

TEST_CASE("RFC 5482 §3.4: zero is ignored", "[uto][RFC5482][5482-3.4-b]") {
  Conversation c = in_established(enabled());
  c.peer.sends(telling(ack(), 600));
  c.peer.sends(telling(ack(), 0));
  c.peer.sends(telling(ack(), 0x8000));
  CHECK(c.host.status().user_timeout == 10min);
}

TEST_CASE("RFC 5482 §4.2: keep-alives begin no sooner than the user timeout that was adopted",
          "[uto][RFC5482][5482-4.2]") {
  Setup setup = enabled();
  setup.connection.keep_alive = {.enabled = true, .idle = 1min, .interval = 1s, .probes = 2};
  Conversation c = in_established(setup);
  c.peer.sends(telling(ack(), 600));
  c.host.tick(10min);
  CHECK(c.host.count(Counter::tcp_keep_alives_sent) == 0);
  c.host.tick(1500ms);
  CHECK(c.host.count(Counter::tcp_keep_alives_sent) == 1);
}

TEST_CASE("RFC 5482 §3.3: a handshake has the timeouts of RFC 9293, whatever is told", "[uto][RFC5482][5482-3.3-d]") {
  Setup setup = enabled(Open::active);
  setup.connection.user_timeout = 10min;
  Conversation c = in_syn_sent(setup);
  const Instant begin = c.host.now();
  while (c.host.state() != tcp::State::closed && c.host.now() - begin < 1h) REQUIRE(c.host.tick_to_deadline());
  CHECK(c.host.now() - begin == 3min);
}

}  // namespace handwave::test
