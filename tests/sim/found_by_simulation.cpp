// What the simulator or the fuzzer found once, each as a short script: so that it stays found.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {

using namespace std::chrono_literals;

TEST_CASE("RFC 9293 §3.4: the FIN takes a place in the peer's window like any octet", "[stack][window]") {
  Conversation c = in_established({.peer_wnd = 5});
  REQUIRE(c.host.sends("hello"));
  REQUIRE(c.host.closes());
  c.peer.expects(data("hello").seq(1));
  c.peer.expects_nothing();
  c.peer.sends(ack());
  c.peer.expects(fin().seq(6));
}

TEST_CASE("RFC 9293 §3.8.6.1: a FIN alone before a closed window is what the probe carries",
          "[stack][window][MUST-36]") {
  Conversation c = in_established({.peer_wnd = 5});
  REQUIRE(c.host.sends("hello"));
  c.peer.expects(data("hello").seq(1));
  c.peer.sends(ack().wnd(0));
  REQUIRE(c.host.closes());
  c.peer.expects_nothing();
  c.host.tick_to_deadline();
  c.peer.expects(fin().seq(6));
  c.peer.sends(ack().ack(7).wnd(0));
  CHECK(tcp::to_string(c.host.state()) == "FIN-WAIT-2");
}

TEST_CASE("RFC 6298 §3: an ACK that repeats a lost one does not count as a round trip",
          "[stack][rto][MUST-18][6298-3-a]") {
  Conversation c = in_established({.peer_timestamps = true});
  REQUIRE(c.host.sends("hello"));
  const TcpPacket first = c.peer.expects(data("hello"));
  const Duration before = c.host.status().retransmission_timeout;
  c.host.tick_to_deadline();
  c.peer.expects(data("hello").seq(1));
  // The first arrived, and its ACK was lost: the second is an old duplicate, whose ACK echoes the first (RFC 7323
  // §4.3).
  c.peer.sends(ack().timestamps(c.peer.timestamp(), first.timestamps->first));
  CHECK(c.host.status().smoothed_rtt == Duration{0});
  // One timeout's backoff and no more: the next segment that is sent once ends it.
  CHECK(c.host.status().retransmission_timeout == 2 * before);
}

TEST_CASE("RFC 9293 §3.10.7.4 second: a reset in LAST-ACK that loses text is told, one that loses nothing is not",
          "[stack][reset][MUST-12]") {
  const bool text = GENERATE(true, false);
  Conversation c = in_close_wait();
  if (text) REQUIRE(c.host.sends("hello"));
  REQUIRE(c.host.closes());
  c.peer.ignores_answers();
  CHECK(tcp::to_string(c.host.state()) == "LAST-ACK");
  c.peer.sends(rst());
  c.host.expects_closed(text ? make_error_code(TcpError::connection_reset) : std::error_code{});
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.7.4 fifth: a new ACK on repeated text does not carry an old window ahead",
          "[stack][window]") {
  Conversation c = in_established({.peer_wnd = 3000});
  c.peer.sends(data("later").seq(6));  // after a gap: SND.WL1 is 6
  c.peer.expects(ack().ack(1));
  REQUIRE(c.host.sends_octets(5000));
  c.peer.expects(octets(1460).seq(1));
  c.peer.expects(octets(1460).seq(1461));
  // The gap is filled by text with a lower SEG.SEQ; its ACK takes all that was sent, and leaves a window of 100.
  c.peer.sends(data("first").seq(1).ack(2921).wnd(100));
  for (const TcpPacket& packet : c.peer.ignores_answers())
    CHECK(c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size()) <= 3021);
  CHECK(c.host.status().send_window == 100);
}

}  // namespace handwave::test
