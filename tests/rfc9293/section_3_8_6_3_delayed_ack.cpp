// RFC 9293 §3.8.6.3: delayed acknowledgments; §3.10: aggregated ones.
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
  return in_established({.host_isn = numbers.host, .peer_isn = numbers.peer});
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.6.3: one segment waits for its ACK, for less than half a second",
          "[3.8.6.3][MUST-40][SHLD-18][5681-4.2-a][5681-4.2-b]") {
  Conversation c = established();
  c.peer.sends(octets(1460));
  c.peer.expects_nothing();
  const Instant arrived = c.host.now();
  c.host.tick(500ms);
  const TcpPacket answer = c.peer.expects(ack().seq(1).ack(1461));
  c.peer.expects_nothing();
  CHECK(answer.at > arrived);
  CHECK(answer.at - arrived < 500ms);
}

TEST_CASE("RFC 9293 §3.8.6.3: the wait begins with the first text, and later text does not prolong it",
          "[3.8.6.3][MUST-40][5681-4.2-b]") {
  Conversation c = established();
  const Instant begin = c.host.now();
  std::optional<Instant> answered;
  for (int i = 0; i < 100 && !answered; ++i) {
    c.peer.sends(octets(1));
    c.host.tick(5ms);
    for (const TcpPacket& packet : c.peer.ignores_answers()) answered = packet.at;
  }
  REQUIRE(answered);
  CHECK(*answered - begin < 500ms);
}

TEST_CASE("RFC 9293 §3.8.6.3: every second full segment is acknowledged at once", "[3.8.6.3][SHLD-19][5681-4.2-c]") {
  Conversation c = established();
  for (int i = 0; i < 10; ++i) {
    c.peer.sends(octets(1460));
    c.peer.expects_nothing();
    c.peer.sends(octets(1460));
    c.peer.expects(ack().ack(1 + (i + 1) * 2920));
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.8.6.3: full segments with timestamps are smaller, and count as full", "[3.8.6.3][SHLD-19]") {
  Conversation c = in_established({.peer_timestamps = true});
  c.peer.sends(octets(1448));
  c.peer.expects_nothing();
  c.peer.sends(octets(1448));
  c.peer.expects(ack().ack(2897));
}

TEST_CASE("RFC 5681 §4.2: full segments of a peer with a smaller MTU count as full",
          "[3.8.6.3][RFC5681][SHLD-19][5681-4.2-c]") {
  Setup setup;
  setup.config.mtu = 9000;
  Conversation c = in_established(setup);
  for (int i = 0; i < 3; ++i) {
    c.peer.sends(octets(1220));
    c.peer.expects_nothing();
    c.peer.sends(octets(1220));
    c.peer.expects(ack().ack(1 + (i + 1) * 2440));
  }
  c.peer.sends(octets(8960));  // the path has become wider
  c.peer.expects_nothing();
  c.peer.sends(octets(8960));
  c.peer.expects(ack().ack(1 + 3 * 2440 + 2 * 8960));
}

TEST_CASE("RFC 9293 §3.8.6.3: text of our own carries the ACK along", "[3.8.6.3][SHLD-18]") {
  Conversation c = established();
  c.peer.sends(data("question"));
  c.peer.expects_nothing();
  REQUIRE(c.host.sends("answer"));
  c.peer.expects(data("answer").ack(9));
  c.peer.sends(ack());
  c.host.tick(1s);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4: of several segments that wait, all are processed before any ACK is sent",
          "[3.10.7.4][MUST-58][MUST-59]") {
  Conversation c = established();
  c.peer.sends_together({octets(1460), octets(1460), octets(1460), octets(1460)});
  c.peer.expects(ack().ack(5841));
  c.peer.expects_nothing();
  c.peer.sends_together({octets(1460), octets(1460), fin()});
  c.peer.expects(ack().ack(8762));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4: a segment that goes out anyway carries the ACK of all that arrived",
          "[3.10.7.4][MUST-58]") {
  Conversation c = established();
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a"));
  REQUIRE(c.host.sends("b"));  // waits for the ACK of "a"
  c.peer.sends_together({octets(1460), octets(1460)});
  c.peer.expects(data("b").ack(2921));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5681 §4.2: text that fills a part of a hole is acknowledged at once",
          "[3.8.6.3][RFC5681][5681-3.2-b][5681-4.2-e]") {
  Conversation c = established();
  c.peer.sends(octets(100).seq(201));
  c.peer.expects(ack().ack(1));
  c.peer.sends(octets(100).seq(1));
  c.peer.expects(ack().ack(101));
  c.peer.sends(octets(100).seq(101));
  c.peer.expects(ack().ack(301));
}

}  // namespace handwave::test
