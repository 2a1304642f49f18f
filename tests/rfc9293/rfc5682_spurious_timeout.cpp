// RFC 5682, RFC 4015: a retransmission timeout that only a delay has caused.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/rfc9293/sack_peer.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t smss = 1460;

/// SEG.SEQ of the n-th segment, counted from 1.
constexpr std::int64_t segment(std::int64_t n) { return 1 + (n - 1) * smss; }

/// Ten segments and a probe are in flight, the timer has expired, and the first was sent again. No timestamps.
Conversation after_timeout() {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c =
      in_syn_received({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_window_scale = 7, .peer_sack = true});
  c.host.tick(20ms);  // the round trip: an ACK that comes sooner is not the retransmission's (RFC 8985 §6.2)
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  c.peer.sends(ack());
  REQUIRE(c.host.sends_octets(900'000));
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  const auto sent = c.peer.ignores_answers();
  REQUIRE(sent.size() == 12);
  REQUIRE(c.peer.relative_seq(sent.back()) == segment(1));
  return c;
}

constexpr std::int64_t text = smss - 12;  // of a segment, beside the timestamps

/// The handshake took 20 ms, and both ends have timestamps.
Conversation with_timestamps() { return with_sack_peer(20ms, true); }

}  // namespace

TEST_CASE(
    "RFC 5682 §3.1: the ACKs of a late flight undo the timeout",
    "[RFC5682][RFC4015][spurious][5682-3.1-a][5682-3.1-c][5682-3.1-e][4015-2][4015-3.1-a][4015-3.1-b][4015-3.1-c]") {
  Conversation c = after_timeout();
  // The ACK of what was sent first comes sooner than one of the retransmission could, or when it could be either.
  c.host.tick(GENERATE(10ms, 30ms));
  c.peer.sends(ack().ack(segment(2)));
  // (2b): two new segments, nothing again.
  c.peer.expects(octets(smss).seq(segment(12)));
  c.peer.expects(octets(smss).seq(segment(13)));
  c.peer.expects_nothing();
  c.host.tick(10ms);
  c.peer.sends(ack().ack(segment(3)));
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 1);
  // RFC 4015 §3.1 (9): ssthresh was arbitrarily high, and is; now 11 segments are in flight, and one was acknowledged.
  CHECK(c.host.status().slow_start_threshold == UINT32_MAX);
  CHECK(c.host.status().congestion_window >= 12 * smss);
  // RACK does not take the retransmission for one that has arrived, before which the rest was sent.
  for (std::int64_t n = 4; n <= 12; ++n) {
    c.peer.sends(ack().ack(segment(n)));
    c.host.tick(10ms);
  }
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(c.peer.relative_seq(packet) >= segment(14));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 5682 §3.1 (3a): if the new segments arrive first, the loss was real",
          "[RFC5682][spurious][5682-3.1-d]") {
  Conversation c = after_timeout();
  c.host.tick(10ms);
  c.peer.sends(ack().ack(segment(2)));
  c.peer.expects(octets(smss).seq(segment(12)));
  c.peer.expects(octets(smss).seq(segment(13)));
  c.host.tick(10ms);
  c.peer.sends(ack().ack(segment(2)).sack({{segment(12), segment(13)}}));
  c.peer.expects(octets(smss).seq(segment(2)));
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 0);
}

TEST_CASE("RFC 5682 §2.2: a segment sent again that is acknowledged piece by piece proves nothing",
          "[RFC5682][spurious][5682-2.2][4015-5]") {
  Conversation c = after_timeout();
  c.host.tick(30ms);
  c.peer.sends(ack().ack(101));
  c.peer.expects_nothing();  // new text would be (2b)
  c.peer.sends(ack().ack(segment(2)));
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 0);
}

TEST_CASE("RFC 5682 §3.1 (2a), (3a): an ACK of everything after a timeout begins no burst",
          "[RFC5682][spurious][5682-3.1-b][5682-3.1-d]") {
  Conversation c = after_timeout();
  c.host.tick(30ms);
  SECTION("the first: two segments") {
    c.peer.sends(ack().ack(segment(12)));
    CHECK(c.host.status().congestion_window == 2 * smss);
  }
  SECTION("the second: three") {
    c.peer.sends(ack().ack(segment(2)));
    c.peer.expects(octets(smss).seq(segment(12)));
    c.peer.expects(octets(smss).seq(segment(13)));
    c.peer.sends(ack().ack(segment(14)));
    CHECK(c.host.status().congestion_window == 3 * smss);
  }
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 0);
}

TEST_CASE("RFC 4015 §3.4: what is undone lets no more than an initial window leave at once",
          "[RFC4015][spurious][4015-3.1-b][4015-3.1-c]") {
  Conversation c = with_timestamps();
  REQUIRE(c.host.sends_octets(900'000));
  const auto late = [&](std::int64_t segments, const TcpPacket& packet) {
    return ack().ack(1 + segments * text).timestamps(c.peer.timestamp(), packet.timestamps->first);
  };
  const auto first = c.peer.ignores_answers();
  REQUIRE(first.size() == 10);
  c.host.tick(20ms);
  c.peer.sends(late(10, first.back()));
  const auto flight = c.peer.ignores_answers();
  REQUIRE(flight.size() == 20);
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();  // a probe of new text, the 31st, and the first one again
  c.host.tick(10ms);
  c.peer.sends(late(25, flight[14]));
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 1);
  // FlightSize + min(bytes_acked, IW): six and ten.
  CHECK(c.host.status().congestion_window == 16 * text);
  CHECK(c.peer.ignores_answers().size() == 10);
}

TEST_CASE("RFC 3522 §3.3: a timeout because all ACKs were lost is none that was needless",
          "[RFC3522][spurious][3522-3.2-c]") {
  Conversation c = with_timestamps();
  REQUIRE(c.host.sends_octets(3 * text));
  const auto first = c.peer.ignores_answers();
  REQUIRE(first.size() == 3);
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();
  c.host.tick(20ms);
  // What arrived in order last is echoed, also to a retransmission that is a duplicate (RFC 7323 §4.3).
  const auto everything = ack().ack(1 + 3 * text).timestamps(c.peer.timestamp(), first[2].timestamps->first);
  SECTION("the peer says by D-SACK that the retransmission is one") {
    c.peer.sends(everything.sack({{1, 1 + text}}));
    CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 0);
  }
  SECTION("the peer has no D-SACK") {
    c.peer.sends(everything);
    CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 0);
  }
  CHECK(c.host.status().slow_start_threshold == 2 * text);
}

TEST_CASE("RFC 3522 §3.2, RFC 4015 §3.1: what is lost after a timeout was undone is found by RACK again",
          "[RFC3522][RFC4015][RFC8985][spurious][3522-3.2-b][4015-2]") {
  Conversation c = with_timestamps();
  REQUIRE(c.host.sends_octets(3 * text));
  const auto first = c.peer.ignores_answers();
  REQUIRE(first.size() == 3);
  c.host.tick(40ms);
  c.peer.expects(octets(text).seq(1 + 2 * text));  // the probe
  c.host.tick(1s);
  c.peer.expects(octets(text).seq(1));
  c.host.tick(10ms);
  const auto late = [&](std::int64_t acknowledged) {
    return ack().ack(1 + acknowledged).timestamps(c.peer.timestamp(), first[0].timestamps->first);
  };
  c.peer.sends(late(text));
  CHECK(c.host.count(Counter::tcp_spurious_timeouts) == 1);
  c.peer.expects_nothing();
  // Text that is new arrives, and of the other two segments neither sending has.
  REQUIRE(c.host.sends_octets(text));
  c.peer.expects(octets(text).seq(1 + 3 * text));
  c.host.tick(20ms);
  c.peer.sends(late(text).sack({{1 + 3 * text, 1 + 4 * text}}));
  c.host.tick(5ms);
  c.peer.expects(octets(text).seq(1 + text));
  c.host.tick(20ms);
  c.peer.sends(late(2 * text).sack({{1 + 3 * text, 1 + 4 * text}}));
  c.peer.expects(octets(text).seq(1 + 2 * text));
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 1);
}

}  // namespace handwave::test
