// RFC 9293 §3.7.2: path MTU discovery, RFC 1191 and RFC 8201.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using enum IpAddress::Family;
using namespace std::chrono_literals;

std::size_t headers(IpAddress::Family family) { return family == v4 ? 40 : 60; }

/// ESTABLISHED, with three full segments of 1500 octets in flight, the first of which is given.
std::pair<Conversation, TcpPacket> with_three_in_flight(Setup setup) {
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(3 * (1500 - headers(setup.family))));
  TcpPacket first = c.peer.expects_any();
  c.peer.expects_any();
  c.peer.expects_any();
  c.peer.expects_nothing();
  return {std::move(c), std::move(first)};
}

}  // namespace

TEST_CASE("RFC 1191 §3: segments are sent with Don't Fragment", "[3.7.2][RFC1191][7323-5.7][4821-4-h]") {
  auto [c, first] = with_three_in_flight({});
  CHECK(first.dont_fragment);
}

TEST_CASE("RFC 1191 §6.5: what was too big is sent again at once, in packets that fit",
          "[3.7.2][RFC1191][RFC8201][7323-5.7]") {
  const auto family = GENERATE(v4, v6);
  const auto numbers = GENERATE(from_range(initial_numbers()));
  auto [c, first] = with_three_in_flight({.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer});
  const auto cwnd = c.host.status().congestion_window;
  const std::size_t total = 3 * (1500 - headers(family));
  c.peer.sends_too_big(first, 1300);
  const std::vector<TcpPacket> again = c.peer.ignores_answers();
  REQUIRE(!again.empty());
  std::string text;
  for (const TcpPacket& packet : again) {
    CHECK(packet.size <= 1300);
    CHECK(packet.dont_fragment);
    CHECK(c.peer.relative_seq(packet) == 1 + static_cast<std::int64_t>(text.size()));
    text += packet.text;
  }
  CHECK(text == pattern_text(0, total));
  CHECK(c.host.status().effective_mss == 1300 - headers(family));
  // It is no sign of congestion.
  CHECK(c.host.status().congestion_window == cwnd);
  c.peer.sends(ack().ack(1 + static_cast<std::int64_t>(total)));
  REQUIRE(c.host.sends_octets(3000));
  CHECK(c.peer.expects_any().size == 1300);
}

TEST_CASE("RFC 1191 §6.3: the next connection to that host knows, and after ten minutes it is tried again",
          "[3.7.2][RFC1191][RFC8201]") {
  const auto family = GENERATE(v4, v6);
  auto [c, first] = with_three_in_flight({.family = family});
  c.peer.sends_too_big(first, 1300);
  c.host.aborts();
  c.peer.ignores_answers();
  std::uint16_t port = 50'100;
  const auto size_of_next = [&]() {
    FourTuple sockets = c.peer.sockets();
    sockets.remote.port = port++;
    ScriptedPeer peer(c.host, sockets, Seq{9000});
    peer.sends(syn().mss(1460));
    peer.expects(syn_ack());
    peer.sends(ack());
    REQUIRE(c.host.accepts());
    REQUIRE(c.host.sends_octets(3000));
    const std::size_t size = peer.expects_any().size;
    c.host.aborts();
    peer.ignores_answers();
    return size;
  };
  CHECK(size_of_next() == 1300);
  c.host.tick(9min);
  CHECK(size_of_next() == 1300);
  c.host.tick(1min);
  CHECK(size_of_next() == 1500);
}

TEST_CASE("RFC 1191 §5: a router that names no MTU is answered with the next plateau", "[3.7.2][RFC1191]") {
  auto [c, first] = with_three_in_flight({});
  c.peer.sends_too_big(first, 0);
  CHECK(c.peer.expects_any().size == 1492);
}

TEST_CASE("RFC 8201 §4: an MTU below the minimum of IPv6 is not believed", "[3.7.2][RFC8201]") {
  auto [c, first] = with_three_in_flight({.family = v6});
  c.peer.sends_too_big(first, 1279);
  c.peer.expects_nothing();
  CHECK(c.host.status().effective_mss == 1440);
  c.peer.sends_too_big(first, 1280);
  CHECK(c.peer.expects_any().size == 1280);
}

TEST_CASE("RFC 1191 §3: below the floor of IPv4, segments are no smaller but may be fragmented", "[3.7.2][RFC1191]") {
  auto [c, first] = with_three_in_flight({});
  c.peer.sends_too_big(first, 68);
  const TcpPacket again = c.peer.expects_any();
  CHECK(again.size == 552);
  CHECK_FALSE(again.dont_fragment);
}

TEST_CASE("RFC 1191 §6.3: an MTU is never raised by a router's word", "[3.7.2][RFC1191][RFC8201]") {
  const auto family = GENERATE(v4, v6);
  auto [c, first] = with_three_in_flight({.family = family});
  c.peer.sends_too_big(first, 1300);
  const auto again = c.peer.ignores_answers();
  REQUIRE(!again.empty());
  c.peer.sends_too_big(again.front(), 1400);
  c.peer.sends_too_big(again.front(), 9000);
  c.peer.expects_nothing();
  CHECK(c.host.status().effective_mss == 1300 - headers(family));
}

TEST_CASE("RFC 5927 §4.1: a report that quotes what is not in flight is not believed", "[3.7.2][RFC5927]") {
  const auto family = GENERATE(v4, v6);
  auto [c, first] = with_three_in_flight({.family = family});
  c.peer.sends(ack());
  c.peer.sends_too_big(first, 1300);
  c.peer.expects_nothing();
  CHECK(c.host.status().effective_mss == 1500 - headers(family));
  CHECK(c.host.count(Counter::icmp_error_out_of_window) == 1);
}

}  // namespace handwave::test
