// RFC 9293 §3.8.1: the retransmission timeout: RFC 6298, Karn's rule.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// ESTABLISHED by an active OPEN whose handshake took `rtt`. The minimum of the RTO is out of the way.
Conversation after_handshake_of(Duration rtt, Setup setup = {}) {
  setup.config.minimum_rto = 1ms;
  Conversation c = in_syn_sent(setup);
  c.host.tick(rtt);
  c.peer.sends(setup.with_options(syn_ack()));
  c.peer.expects(ack());
  return c;
}

/// Sends one octet and acknowledges it after `rtt`.
void round_trip(Conversation& c, Duration rtt) {
  REQUIRE(c.host.sends_octets(1));
  c.peer.expects(octets(1));
  c.host.tick(rtt);
  c.peer.expects_nothing();
  c.peer.sends(ack());
}

}  // namespace

TEST_CASE("RFC 6298 (2.1): before any measurement the RTO is one second", "[3.8.1][MUST-18][RFC6298][6298-2.1]") {
  Conversation c = in_syn_sent();
  CHECK(c.host.status().retransmission_timeout == 1s);
  CHECK(c.host.tick_to_deadline() == Duration{1s});
  c.peer.expects(syn().seq(0));
}

TEST_CASE("RFC 6298 (2.2): after the first measurement R the RTO is R + 4 * R/2",
          "[3.8.1][MUST-18][RFC6298][6298-2.2]") {
  Conversation c = after_handshake_of(200ms);
  CHECK(c.host.status().smoothed_rtt == Duration{200ms});
  CHECK(c.host.status().retransmission_timeout == 600ms);
}

TEST_CASE("RFC 6298 (2.3): each later measurement moves SRTT by 1/8 and RTTVAR by 1/4",
          "[3.8.1][MUST-18][RFC6298][6298-2.3-a][6298-2.3-c][6298-2.3-d][6298-3-b]") {
  Conversation c = after_handshake_of(200ms);
  round_trip(c, 300ms);
  CHECK(c.host.status().smoothed_rtt == Duration{212'500us});
  CHECK(c.host.status().retransmission_timeout == 212'500us + 4 * 100ms);
  round_trip(c, 100ms);
  CHECK(c.host.status().smoothed_rtt == Duration{198'437'500ns});
  CHECK(c.host.status().retransmission_timeout == 198'437'500ns + 4 * (75ms + 28'125us));
}

TEST_CASE("RFC 6298 (2.4): the RTO is rounded up to one second", "[3.8.1][MUST-18][RFC6298][6298-2.4]") {
  Conversation c = in_established({.open = Open::active});
  round_trip(c, 10ms);
  CHECK(c.host.status().retransmission_timeout == 1s);
}

TEST_CASE("RFC 6298 (5.1), (5.4), (5.5): the earliest segment is sent again, after 1, 2, 4 ... seconds",
          "[3.8.1][MUST-18][MUST-19][RFC6298][6298-1][6298-5][6298-5.1][6298-5.4][6298-5.5][6298-5.6]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Setup setup{.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer};
  setup.connection.user_timeout = std::nullopt;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(100));
  Instant last = c.peer.expects(octets(100).seq(1)).at;
  for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    c.host.tick(wait - 1ns);
    c.peer.expects_nothing();
    c.host.tick(1ns);
    const TcpPacket again = c.peer.expects(octets(100).seq(1));
    CHECK(again.at - last == wait);
    last = again.at;
  }
}

TEST_CASE("RFC 6298 (5.2), (5.3): an ACK of new data starts the timer again, one of all data stops it",
          "[3.8.1][MUST-18][RFC6298][6298-5][6298-5.2][6298-5.3][6928-9]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends_octets(2920));
  c.peer.expects(octets(1460));
  c.peer.expects(octets(1460));
  c.host.tick(900ms);
  c.peer.sends(ack().ack(1461));
  c.host.tick(999ms);
  c.peer.expects_nothing();
  c.host.tick(1ms);
  c.peer.expects(octets(1460).seq(1461));
  c.peer.sends(ack().ack(2921));
  c.host.tick(10min);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 6298 §3, Karn: the ACK of what was sent twice is no measurement, and the backoff stays",
          "[3.8.1][MUST-18][RFC6298][6298-3-a]") {
  Conversation c = after_handshake_of(200ms);
  REQUIRE(c.host.sends_octets(1));
  c.peer.expects(octets(1));
  c.host.tick(600ms);
  c.peer.expects(octets(1).seq(1));
  c.host.tick(50ms);
  c.peer.sends(ack());
  CHECK(c.host.status().smoothed_rtt == Duration{200ms});
  CHECK(c.host.status().retransmission_timeout == 1200ms);
  round_trip(c, 200ms);  // sent once: counts, and ends the backoff
  CHECK(c.host.status().retransmission_timeout == 200ms + 4 * 75ms);
}

TEST_CASE("RFC 7323 §4.1: the timestamp tells which of two sendings was acknowledged",
          "[3.8.1][MUST-18][RFC7323][6298-3-a]") {
  Conversation c = after_handshake_of(200ms, {.peer_timestamps = true});
  REQUIRE(c.host.sends_octets(1));
  c.peer.expects(octets(1));
  c.host.tick(600ms);
  c.peer.expects(octets(1).seq(1));
  c.host.tick(120ms);
  c.peer.sends(ack());  // echoes the second one's TSval
  CHECK(c.host.status().smoothed_rtt == Duration{190ms});
}

TEST_CASE("RFC 6298 §3, Karn: a handshake whose SYN was sent twice gives no measurement",
          "[3.8.1][MUST-18][RFC6298][6298-3-a]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = open == Open::active ? in_syn_sent() : in_syn_received();
  c.host.tick(1s);
  c.peer.expects_any();
  c.host.tick(10ms);
  c.peer.sends(open == Open::active ? syn_ack().mss(1460) : ack());
  if (open == Open::passive) REQUIRE(c.host.accepts());
  CHECK(c.host.status().smoothed_rtt == std::nullopt);
  // (5.7): and the data begins with three seconds.
  CHECK(c.host.status().retransmission_timeout == 3s);
}

TEST_CASE("RFC 6298 (2.2): the handshake of a passive OPEN is measured as well",
          "[3.8.1][MUST-18][RFC6298][6298-2.2]") {
  Setup setup;
  setup.config.minimum_rto = 1ms;
  Conversation c = in_syn_received(setup);
  c.host.tick(100ms);
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  CHECK(c.host.status().smoothed_rtt == Duration{100ms});
  CHECK(c.host.status().retransmission_timeout == 300ms);
}

TEST_CASE("RFC 6298 §3: a simultaneous open sends the SYN twice, so it measures no round trip",
          "[3.8.1][RFC6298][6298-3-a]") {
  Conversation c = in_syn_sent();
  c.host.tick(300ms);
  c.peer.sends(syn());
  c.peer.expects(syn_ack());
  c.host.tick(100ms);
  c.peer.sends(syn_ack().seq(0).ack(1));  // the answer to the SYN of 400 ms ago, or to that of 100 ms ago?
  CHECK(c.host.state() == tcp::State::established);
  CHECK_FALSE(c.host.status().smoothed_rtt);
}

}  // namespace handwave::test
