// RFC 9293 §3.8.6.1: probing zero windows.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// ESTABLISHED with a closed window, and ten octets that wait for it to open.
Conversation with_closed_window(Setup setup = {}) {
  setup.peer_wnd = 0;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(10));
  c.peer.expects_nothing();
  return c;
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.6.1: the first probe leaves after one RTO, the next ones after twice as long each time",
          "[3.8.6.1][MUST-36][SHLD-29][SHLD-30]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c = with_closed_window({.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer});
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    c.host.tick(wait - 1ms);
    c.peer.expects_nothing();
    c.host.tick(1ms);
    c.peer.expects(octets(1).seq(1));  // an octet beyond the window
    c.peer.expects_nothing();
    c.peer.sends(ack().ack(1));
  }
  CHECK(c.host.count(Counter::tcp_zero_window_probes) == 8);
}

TEST_CASE("RFC 9293 §3.8.6.1: what a probe carried beyond the window is no reason to acknowledge from there",
          "[3.8.6.1][MUST-36]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = with_closed_window({.host_isn = numbers.host, .peer_isn = numbers.peer});
  c.host.tick(1s);
  c.peer.expects(octets(1).seq(1));  // SND.NXT is past the window now, and so would SEG.SEQ be
  c.peer.sends(octets(2000).ack(1));
  c.peer.sends(octets(2000).ack(1));
  c.peer.expects(ack().seq(1).ack(4001));
  c.host.aborts();
  c.peer.expects(rst().seq(1));
}

TEST_CASE("RFC 9293 §3.8.6.1: two ends with closed windows and probes out still hear each other's ACKs",
          "[3.8.6.1][MUST-36]") {
  Setup setup;
  setup.connection.receive_buffer = 2000;
  Conversation c = in_established(setup);
  c.peer.set_wnd(0);
  c.peer.sends(octets(2000).ack(1));
  REQUIRE(c.host.sends_octets(10));
  c.host.tick(1s);
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(c.peer.relative_seq(packet) == 1);
  for (int i = 0; i < 5; ++i) {
    c.peer.sends(octets(1).seq(2001).ack(1));
    c.peer.expects(ack().seq(1).ack(2001).wnd(0));
  }
}

TEST_CASE("RFC 9293 §3.8.6.1: when the window opens, all is sent at once", "[3.8.6.1][MUST-36]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto probed = GENERATE(false, true);
  Conversation c = with_closed_window({.host_isn = numbers.host, .peer_isn = numbers.peer});
  if (probed) {
    c.host.tick(1s);
    c.peer.expects(octets(1).seq(1));
  }
  c.peer.set_wnd(1000);
  c.peer.sends(ack().ack(1));
  std::string text;
  for (const TcpPacket& packet : c.peer.ignores_answers()) {
    CHECK(c.peer.relative_seq(packet) == 1 + static_cast<std::int64_t>(text.size()));
    text += packet.text;
  }
  if (text.size() < 10) {  // what the probe did not carry may wait for its ACK, by Nagle's algorithm
    c.peer.sends(ack());
    text += c.peer.expects_any().text;
  }
  CHECK(text == pattern_text(0, 10));
}

TEST_CASE("RFC 5681 §3: a peer that closes and opens its window does not make us send more than cwnd",
          "[3.8.6.1][RFC5681][limits][5681-2-a]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto sack = GENERATE(false, true);
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_sack = sack});
  REQUIRE(c.host.sends_octets(60'000));
  CHECK(c.peer.ignores_answers().size() == 10);
  for (int round = 0; round < 10; ++round) {
    c.peer.sends(ack().ack(1).wnd(0));
    c.peer.sends(ack().ack(1).wnd(65535));
    c.peer.expects(octets(1460).seq(1));
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.8.6.1: an octet that was taken by the peer is not probed with again", "[3.8.6.1][MUST-36]") {
  Conversation c = with_closed_window();
  c.host.tick(1s);
  c.peer.expects(octets(1).seq(1));
  c.peer.sends(ack().ack(2));
  c.host.tick(2s);
  c.peer.expects(octets(1).seq(2));
}

TEST_CASE("RFC 9293 §3.8.6.1: as long as probes are answered, the connection stays open", "[3.8.6.1][MUST-37]") {
  Setup setup;
  setup.connection.user_timeout = 100s;
  Conversation c = with_closed_window(setup);
  for (int minute = 0; minute < 24 * 60; ++minute) {
    c.host.tick(1min);
    for ([[maybe_unused]] const TcpPacket& probe : c.peer.ignores_answers()) c.peer.sends(ack().ack(1));
    REQUIRE(c.host.state() == tcp::State::established);
  }
  c.peer.set_wnd(1000);
  c.peer.sends(ack().ack(1));
  CHECK(!c.peer.ignores_answers().empty());
}

TEST_CASE("RFC 9293 §3.8.6.1: probes that nobody answers end at R2 as any retransmission does",
          "[3.8.6.1][3.8.3][MUST-36]") {
  Setup setup;
  setup.connection.user_timeout = 100s;
  Conversation c = with_closed_window(setup);
  c.host.tick(1s + 100s - 1ms);  // from the first probe on
  CHECK(c.host.state() == tcp::State::established);
  c.host.tick(1ms);
  c.host.expects_closed(TcpError::user_timeout);
}

TEST_CASE("RFC 9293 §3.8.6.1: a FIN alone probes as well as text", "[3.8.6.1][MUST-36]") {
  Conversation c = in_established({.peer_wnd = 0});
  REQUIRE(c.host.closes());
  c.host.tick(1s);
  std::size_t fins = 0;
  for (const TcpPacket& packet : c.peer.ignores_answers()) fins += packet.has(FIN) ? 1 : 0;
  CHECK(fins > 0);
  c.peer.sends(ack().ack(2));
  CHECK(c.host.state() == tcp::State::fin_wait_2);
}

TEST_CASE("RFC 9293 §3.8.6.1: our closed window answers each probe, and may stay closed", "[3.8.6.1][MAY-8]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Setup setup{.host_isn = numbers.host, .peer_isn = numbers.peer};
  setup.connection.receive_buffer = 2000;
  Conversation c = in_established(setup);
  c.peer.sends(octets(2000));
  c.host.tick(500ms);
  c.peer.expects(ack().ack(2001).wnd(0));
  for (int i = 0; i < 100; ++i) {
    c.host.tick(1min);
    c.peer.sends(octets(1).seq(2001));
    c.peer.expects(ack().ack(2001).wnd(0));
  }
  CHECK(c.host.receives()->size() == 2000);
  c.peer.expects(ack().ack(2001).wnd(2000));
}

}  // namespace handwave::test
