// RFC 9293 §3.1: the header's checksum and window.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using enum IpAddress::Family;

/// What the oracle finds in `packet` once the checksum field of its TCP header is zero.
ReadPacket without_checksum(Bytes packet) {
  std::vector<std::uint8_t> octets(packet.begin(), packet.end());
  const std::size_t tcp_at = octets[0] >> 4 == 4 ? 20 : 40;
  octets[tcp_at + 16] = octets[tcp_at + 17] = 0;
  return read(octets);
}

}  // namespace

TEST_CASE("RFC 9293 §3.1: the checksum covers pseudo-header, header and text of every segment sent", "[3.1][MUST-2]") {
  const auto family = GENERATE(v4, v6);
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const Setup setup{.open = Open::active, .family = family, .host_isn = numbers.host, .peer_isn = numbers.peer};
  Conversation c(setup);
  REQUIRE(c.host.connects(c.peer.sockets().remote));
  // The host's own port, which connects() chose, is part of what follows.
  std::vector<TcpPacket> sent(c.host.answers().begin(), c.host.answers().end());
  Conversation d = in_established(setup);
  REQUIRE(d.host.sends("an odd number of octets"));
  sent.push_back(d.peer.expects(data("an odd number of octets")));
  d.peer.sends(data("text"));
  d.host.tick(std::chrono::milliseconds{500});
  sent.push_back(d.peer.expects(ack()));
  d.host.aborts();
  sent.push_back(d.peer.expects(rst()));
  REQUIRE(sent.size() == 4);
  // The fixtures refuse a segment with a wrong checksum; here, a checksum that is left out is wrong as well.
  for (const TcpPacket& packet : sent) {
    const Host& host = packet.has(SYN) ? c.host : d.host;
    CHECK(std::holds_alternative<TcpPacket>(read(host.octets_of(packet))));
    CHECK(std::holds_alternative<BadPacket>(without_checksum(host.octets_of(packet))));
  }
}

TEST_CASE("RFC 9293 §3.1: a segment with a wrong checksum is dropped, and nobody hears of it", "[3.1][MUST-3]") {
  const auto family = GENERATE(v4, v6);
  Conversation c = in_established({.family = family});
  c.peer.sends(data("damaged").seq(1).wrong_checksum());
  c.peer.sends(rst().seq(1).wrong_checksum());
  c.peer.sends(fin().seq(1).wrong_checksum());
  c.host.tick(std::chrono::seconds{1});
  c.peer.expects_nothing();
  CHECK(c.host.receives().error() == TcpError::would_block);
  CHECK(c.host.count(Counter::tcp_bad_checksum) == 3);
  c.peer.sends(data("whole").seq(1));
  CHECK(c.host.receives() == "whole");
}

TEST_CASE("RFC 9293 §3.1: a SYN with a wrong checksum opens nothing", "[3.1][MUST-3]") {
  Conversation c = in_listen({.family = GENERATE(v4, v6)});
  c.peer.sends(syn().wrong_checksum());
  c.peer.expects_nothing();
  CHECK(c.host.state() == tcp::State::listen);
}

TEST_CASE("RFC 9293 §3.1: a window above 2^15 is not taken for a negative number", "[3.1][MUST-1]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_wnd = 65535});
  CHECK(c.host.status().send_window == 65535);
  REQUIRE(c.host.sends_octets(300'000));
  std::size_t largest = 0;
  for (int round = 0; round < 4; ++round) {
    std::size_t in_flight = 0;
    for (const TcpPacket& packet : c.peer.ignores_answers()) in_flight += packet.text.size();
    largest = std::max(largest, in_flight);
    c.peer.sends(ack());
  }
  CHECK(largest == 44 * 1460);  // all whole segments that fit into 65535
}

TEST_CASE("RFC 9293 §3.1: windows are kept with 32 bits", "[3.1][REC-1][MUST-1]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open, .peer_window_scale = 14};
  setup.connection.receive_buffer = std::size_t{1} << 30;
  Conversation c = in_established(setup);
  c.peer.sends(ack().wnd(65535));
  CHECK(c.host.status().send_window == 65535U << 14);
  // Ours: the largest that the field can offer, once text made the host offer it.
  c.peer.sends(octets(1460));
  c.peer.sends(octets(1460));
  const TcpPacket answer = c.peer.expects(ack());
  CHECK(std::uint32_t{answer.wnd} << 14 > 0x3f00'0000U);
}

}  // namespace handwave::test
