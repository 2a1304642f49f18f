// RFC 9293 §3.7.1: the Maximum Segment Size option, sent and received.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using enum IpAddress::Family;
using namespace std::chrono_literals;

std::uint16_t headers(IpAddress::Family family) { return family == v4 ? 40 : 60; }

/// The MSS that a host with this MTU announces.
std::uint16_t announced(Open open, IpAddress::Family family, std::uint16_t mtu) {
  Setup setup{.open = open, .family = family, .host_isn = std::nullopt};
  setup.config.mtu = mtu;
  Conversation c(setup);
  if (open == Open::active) {
    REQUIRE(c.host.connects(c.peer.sockets().remote));
  } else {
    REQUIRE(c.host.listens(c.peer.sockets().local));
    c.peer.sends(syn());
  }
  REQUIRE(c.host.answers().size() == 1);
  return c.host.answers().front().mss.value_or(0);
}

}  // namespace

TEST_CASE("RFC 9293 §3.7.1: the MSS sent is the largest packet less the fixed headers",
          "[3.7.1][3.7.3][MUST-14][MUST-67][SHLD-5][SHLD-6][MAY-3]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(v4, v6);
  const std::uint16_t mtu =
      GENERATE(std::uint16_t{1280}, std::uint16_t{1500}, std::uint16_t{9000}, std::uint16_t{65535});
  // RFC 6691 §2: options, ours or IP's, are not taken off.
  CHECK(announced(open, family, mtu) == mtu - headers(family));
}

TEST_CASE("RFC 9293 §3.7.1: each SYN carries the MSS, the retransmitted ones too", "[3.7.1][MUST-14][SHLD-5]") {
  SECTION("SYN") {
    Conversation c = in_syn_sent();
    c.host.tick(1s);
    c.peer.expects(syn().seq(0).mss(1460));
    c.host.tick(2s);
    c.peer.expects(syn().seq(0).mss(1460));
  }
  SECTION("SYN,ACK") {
    Conversation c = in_syn_received();
    c.host.tick(1s);
    c.peer.expects(syn_ack().seq(0).mss(1460));
  }
  SECTION("SYN,ACK of a simultaneous open") {
    Conversation c = in_syn_sent();
    c.peer.sends(syn().mss(1000));
    c.peer.expects(syn_ack().seq(0).mss(1460));
  }
}

TEST_CASE("RFC 9293 §3.7.1: the MSS received bounds the text of segments", "[3.7.1][MUST-14][MUST-16]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(v4, v6);
  const std::uint16_t mss = GENERATE(std::uint16_t{88}, std::uint16_t{536}, std::uint16_t{1000}, std::uint16_t{1401});
  Conversation c = in_established({.open = open, .family = family, .peer_mss = mss});
  REQUIRE(c.host.sends_octets(std::size_t{3} * mss));
  for (int i = 0; i < 3; ++i) c.peer.expects(octets(mss));
  c.peer.expects_nothing();
  CHECK(c.host.status().effective_mss == mss);
}

TEST_CASE("RFC 9293 §3.7.1: without the option the MSS is 536 in IPv4 and 1220 in IPv6", "[3.7.1][MUST-15]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(v4, v6);
  Conversation c = in_established({.open = open, .family = family, .peer_mss = std::nullopt});
  REQUIRE(c.host.sends_octets(4000));
  c.peer.expects(octets(family == v4 ? 536 : 1220));
}

TEST_CASE("RFC 9293 §3.7.1: our own MTU bounds the text, whatever the peer could take", "[3.7.1][MUST-16]") {
  const auto family = GENERATE(v4, v6);
  Conversation c = in_established({.family = family, .peer_mss = 65495});
  REQUIRE(c.host.sends_octets(4000));
  const TcpPacket packet = c.peer.expects(octets(1500 - headers(family)));
  CHECK(packet.size == 1500);
}

TEST_CASE("RFC 9293 §3.7.1: options of TCP are taken off the text, not off the MSS", "[3.7.1][MUST-16]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(v4, v6);
  const std::uint16_t mss = GENERATE(std::uint16_t{1000}, std::uint16_t{1460});
  Conversation c = in_established({.open = open, .family = family, .peer_mss = mss, .peer_timestamps = true});
  REQUIRE(c.host.sends_octets(4000));
  const int largest = std::min<int>(mss + 20, 1500 - (headers(family) - 20));
  c.peer.expects(octets(static_cast<std::size_t>(largest - 20 - 12)));
}

TEST_CASE("RFC 9293 §3.7.1: an MSS that leaves no room for text does not stop the connection", "[3.7.1][MUST-14]") {
  const std::uint16_t mss = GENERATE(std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{12});
  const auto timestamps = GENERATE(false, true);
  Conversation c = in_established({.open = Open::active, .peer_mss = mss, .peer_timestamps = timestamps});
  REQUIRE(c.host.sends_octets(30));
  CHECK(c.peer.expects_any().text == pattern_text(0, 30));
}

}  // namespace handwave::test
