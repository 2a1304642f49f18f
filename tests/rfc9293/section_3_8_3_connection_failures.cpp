// RFC 9293 §3.8.3: what happens when retransmissions stay without an answer: R1, R2 and the user timeout.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

Conversation with_text_in_flight(Setup setup = {}) {
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text"));
  return c;
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.3: at R1, the third retransmission, the application hears of the trouble, and it goes on",
          "[3.8.3][MUST-20][SHLD-9][SHLD-10][U-7]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = with_text_in_flight({.host_isn = numbers.host, .peer_isn = numbers.peer});
  c.host.tick(1s + 2s + 4s - 1ms);
  for (int i = 0; i < 2; ++i) c.peer.expects(data("text").seq(1));
  for (const Event& event : c.host.events()) CHECK_FALSE(event.notice);
  c.host.tick(1ms);
  c.host.expects_notice(TcpError::not_acknowledged);
  c.peer.expects(data("text").seq(1));
  CHECK(c.host.state() == tcp::State::established);
  c.peer.sends(ack());  // and all is well again
  c.host.tick(10min);
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.8.3: the notice is given once for one trouble, and again for another", "[3.8.3][SHLD-9]") {
  Conversation c = with_text_in_flight();
  c.host.tick(60s);
  c.host.expects_notice(TcpError::not_acknowledged);
  for (const Event& event : c.host.events()) CHECK_FALSE(event.notice);
  c.peer.ignores_answers();
  c.peer.sends(ack());
  REQUIRE(c.host.sends("more"));
  c.host.tick(240s);
  c.host.expects_notice(TcpError::not_acknowledged);
}

TEST_CASE("RFC 9293 §3.8.3: at R2 the connection is closed, after 100 seconds at least", "[3.8.3][MUST-20][SHLD-11]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c = with_text_in_flight({.open = Open::active, .family = family});
  c.host.tick(100s);
  CHECK(c.host.state() == tcp::State::established);
  c.host.expects_notice(TcpError::not_acknowledged);  // R1 comes first
  c.host.tick(200s);
  c.host.expects_closed(TcpError::user_timeout);
  CHECK(c.host.state() == tcp::State::closed);
  CHECK(c.host.count(Counter::tcp_user_timeouts) == 1);
  c.peer.ignores_answers();
  c.host.tick(1h);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.8.3: the application sets R2 for a connection at OPEN", "[3.8.3][MUST-21]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open};
  setup.connection.user_timeout = 10s;
  Conversation c = with_text_in_flight(setup);
  c.host.tick(10s - 1ms);
  CHECK(c.host.state() == tcp::State::established);
  c.host.tick(1ms);
  c.host.expects_closed(TcpError::user_timeout);
}

TEST_CASE("RFC 9293 §3.8.3: the application sets R2 at any time, for what is in flight as well", "[3.8.3][MUST-21]") {
  Conversation c = with_text_in_flight();
  c.host.tick(5s);
  c.host.sets_options({.user_timeout = Duration{7s}});
  c.host.tick(2s - 1ms);
  CHECK(c.host.state() == tcp::State::established);
  c.host.tick(1ms);
  c.host.expects_closed(TcpError::user_timeout);
}

TEST_CASE("RFC 9293 §3.8.3: R2 may be infinite", "[3.8.3][MUST-21]") {
  Setup setup;
  setup.connection.user_timeout = GENERATE(std::optional<Duration>{}, std::optional<Duration>{Duration::max()});
  Conversation c = with_text_in_flight(setup);
  c.host.tick(24h);
  CHECK(c.host.state() == tcp::State::established);
  CHECK(c.peer.ignores_answers().size() > 1000);  // still trying, once a minute
  c.peer.sends(ack());
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("RFC 9293 §3.8.3: R2 counts from the last progress", "[3.8.3][MUST-20]") {
  Setup setup;
  setup.connection.user_timeout = 10s;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(2920));
  c.peer.ignores_answers();
  c.host.tick(8s);
  c.peer.sends(ack().ack(1461));
  c.host.tick(9s);
  CHECK(c.host.state() == tcp::State::established);
  c.host.tick(1s);
  c.host.expects_closed(TcpError::user_timeout);
}

TEST_CASE("RFC 9293 §3.8.3: a SYN is sent again for three minutes, with notice at R1 and failure at R2",
          "[3.8.3][MUST-22][MUST-23][U-8]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Conversation c = in_syn_sent({.family = family});
  const Instant begin = c.host.now();
  c.host.tick(3min - 1ms);
  CHECK(c.host.state() == tcp::State::syn_sent);
  std::vector<Duration> times;
  for (const TcpPacket& packet : c.peer.ignores_answers()) times.push_back(packet.at - begin);
  CHECK(times == std::vector<Duration>{1s, 3s, 7s, 15s, 31s, 63s, 123s});
  c.host.expects_notice(TcpError::not_acknowledged);
  c.host.tick(1ms);
  c.host.expects_closed(TcpError::user_timeout);
  CHECK(c.host.state() == tcp::State::closed);
}

TEST_CASE("RFC 9293 §3.8.3: the application may give up a SYN sooner, later, or never", "[3.8.3][MUST-21][MUST-23]") {
  const auto timeout = GENERATE(std::optional<Duration>{5s}, std::optional<Duration>{1h}, std::optional<Duration>{});
  Conversation c = in_syn_sent({.connect_timeout = timeout});
  c.host.tick(timeout.value_or(24h) - 1ms);
  CHECK(c.host.state() == tcp::State::syn_sent);
  c.host.tick(1ms);
  CHECK(c.host.state() == (timeout ? tcp::State::closed : tcp::State::syn_sent));
}

TEST_CASE("RFC 9293 §3.8.3: a SYN,ACK is sent again for three minutes", "[3.8.3][MUST-22][MUST-23]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = in_syn_received({.open = open});
  const Instant begin = c.host.now();
  c.host.tick(3min - 1ms);
  CHECK(c.host.state() == tcp::State::syn_received);
  std::vector<Duration> times;
  for (const TcpPacket& packet : c.peer.ignores_answers()) {
    CHECK(packet.flags == (SYN | ACK));
    times.push_back(packet.at - begin);
  }
  CHECK(times == std::vector<Duration>{1s, 3s, 7s, 15s, 31s, 63s, 123s});
  c.host.tick(5min);
  CHECK(c.host.state() == (open == Open::active ? tcp::State::closed : tcp::State::listen));
  c.peer.ignores_answers();
  c.host.tick(1h);
  c.peer.expects_nothing();
}

}  // namespace handwave::test
