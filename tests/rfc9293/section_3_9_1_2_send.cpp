// RFC 9293 §3.9.1.2: the SEND call, PUSH and packets as large as can be.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

Conversation established() {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  return in_established({.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer, .peer_mss = 1000});
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.1.2: the last segment of what is queued has PSH, the ones before have not",
          "[3.9.1.2][MUST-61]") {
  Conversation c = established();
  REQUIRE(c.host.sends_octets(2500));
  c.peer.expects(octets(1000).no_psh());
  c.peer.expects(octets(1000).no_psh());
  c.peer.expects(octets(500).psh());
}

TEST_CASE("RFC 9293 §3.9.1.2: a SEND of whole segments ends with PSH as well", "[3.9.1.2][MUST-61]") {
  Conversation c = established();
  REQUIRE(c.host.sends_octets(2000));
  c.peer.expects(octets(1000).no_psh());
  c.peer.expects(octets(1000).psh());
}

TEST_CASE("RFC 9293 §3.9.1.2: nothing is held back for want of a PUSH", "[3.9.1.2][MUST-60]") {
  Conversation c = established();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(c.host.sends("x"));
    c.peer.expects(data("x").psh());
    c.peer.sends(ack());
  }
}

TEST_CASE("RFC 9293 §3.9.1.2: many small SENDs that had to wait leave in the largest segments there are",
          "[3.9.1.2][SHLD-27][SHLD-28][MAY-16]") {
  Conversation c = established();
  REQUIRE(c.host.sends_octets(1));
  c.peer.expects(octets(1));
  for (int i = 0; i < 99; ++i) REQUIRE(c.host.sends_octets(10));  // 990 octets: they wait, by Nagle's algorithm
  c.peer.expects_nothing();
  for (int i = 0; i < 151; ++i) REQUIRE(c.host.sends_octets(10));
  c.peer.expects(octets(1000).seq(2));  // as soon as there was enough for one
  c.peer.expects(octets(1000).seq(1002));
  c.peer.expects_nothing();
  c.peer.sends(ack());
  c.peer.expects(octets(500).seq(2002).psh());
}

TEST_CASE("RFC 9293 §3.9.1.2: what was sent in small segments is sent again in a large one",
          "[3.9.1.2][SHLD-27][SHLD-28]") {
  Setup setup{.peer_mss = 1000};
  setup.connection.nagle = false;
  Conversation c = in_established(setup);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(c.host.sends_octets(40));
    c.peer.expects(octets(40).psh());
  }
  c.host.tick(1s);
  c.peer.expects(octets(800).seq(1).psh());
}

TEST_CASE("RFC 9293 §3.9.1.2: SEND before the connection is established is queued, and sent then",
          "[3.9.1.2][3.10.2][MUST-60]") {
  Conversation c = in_syn_sent();
  REQUIRE(c.host.sends("early"));
  c.peer.expects_nothing();
  c.peer.sends(syn_ack());
  c.peer.expects(data("early").seq(1).ack(1));  // U-6: riding on the ACK of the handshake
}

TEST_CASE("RFC 9293 §3.9.1.2: SEND takes no more than the buffer holds, and tells when there is room again",
          "[3.9.1.2]") {
  Setup setup;
  setup.connection.send_buffer = 3000;
  Conversation c = in_established(setup);
  CHECK(c.host.sends_octets(5000) == 3000U);
  CHECK(c.host.sends_octets(1).error() == TcpError::would_block);
  c.host.expects_no_event(&Event::writable);
  c.peer.ignores_answers();
  c.peer.sends(ack());
  c.host.expects_event(&Event::writable);
  CHECK(c.host.sends_octets(5000) == 3000U);
}

}  // namespace handwave::test
