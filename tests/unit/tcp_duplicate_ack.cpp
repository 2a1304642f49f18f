// What counts as a duplicate ACK: RFC 5681 §2, and with selective acknowledgment RFC 6675 §2.
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

/// Five segments are on the way, of which the first will be missing.
Conversation with_five_segments_sent() {
  Setup setup;
  setup.peer_sack = true;
  Conversation c = in_syn_received(setup);
  c.host.tick(std::chrono::milliseconds{20});  // RACK's window is a part of the round trip
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends_octets(5 * 1460));
  c.peer.ignores_answers();
  c.host.tick(std::chrono::milliseconds{20});
  return c;
}

}  // namespace

TEST_CASE("RFC 5681 §2: an ACK that moves the window and reports nothing is no duplicate", "[RFC5681][5681-2-b]") {
  Conversation c = with_five_segments_sent();
  for (std::uint16_t more = 1; more <= 5; ++more) {
    c.peer.set_wnd(static_cast<std::uint16_t>(60000 + more));
    c.peer.sends(ack().ack(1));
  }
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 5681 §2 (b): text that our window has no place for makes its ACK no duplicate", "[RFC5681][5681-2-b]") {
  Setup setup;
  setup.connection.receive_buffer = 2000;
  Conversation c = in_established(setup);
  c.peer.sends(octets(2000));
  REQUIRE(c.host.sends_octets(5 * 1460));
  c.peer.ignores_answers();
  for (int probe = 0; probe < 5; ++probe) c.peer.sends(octets(1).seq(2001).ack(1));
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(packet.text.empty());
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 6675 §2: an ACK that reports a new arrival beyond the hole is a duplicate, even if the window moves",
          "[RFC5681][RFC6675][6675-2]") {
  Conversation c = with_five_segments_sent();
  for (std::uint16_t segment = 1; segment <= 3; ++segment) {
    c.peer.set_wnd(static_cast<std::uint16_t>(60000 + segment));
    c.peer.sends(ack().ack(1).sack({{1461, 1461 + 1460 * segment}}));
  }
  c.peer.expects(octets(1460).seq(1));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
}

TEST_CASE("RFC 6675 §2: the same report again with another window is no duplicate", "[RFC5681][RFC6675][6675-2]") {
  Conversation c = with_five_segments_sent();
  for (std::uint16_t more = 1; more <= 5; ++more) {
    c.peer.set_wnd(static_cast<std::uint16_t>(60000 + more));
    c.peer.sends(ack().ack(1).sack({{1461, 2921}}));
  }
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 6675 §2: a block outside of what is outstanding reports nothing", "[RFC5681][RFC6675][6675-2]") {
  Conversation c = with_five_segments_sent();
  for (std::uint16_t more = 1; more <= 5; ++more) {
    c.peer.set_wnd(static_cast<std::uint16_t>(60000 + more));
    c.peer.sends(ack().ack(1).sack({{20000 + more, 30000}}));
  }
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

}  // namespace handwave::test
