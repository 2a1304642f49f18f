// RFC 8985: a sender with RACK-TLP, segment by segment.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/rfc9293/sack_peer.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t smss = 1460;
constexpr Duration round_trip = 20ms;

/// SEG.SEQ of the n-th segment, counted from 1.
constexpr std::int64_t segment(std::int64_t n) { return 1 + (n - 1) * smss; }

/// The handshake took 20 ms; `queued` octets were written, and ten segments at most are in flight.
Conversation with_flight(std::size_t queued) {
  Conversation c = with_sack_peer(round_trip);
  REQUIRE(c.host.sends_octets(queued));
  const auto count = std::min<std::int64_t>(static_cast<std::int64_t>(queued) / smss, 10);
  for (int n = 1; n <= count; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
  return c;
}

/// The segments from `first` to `last` have arrived, and those before `una` in order.
Segment reports(std::int64_t una, std::int64_t first, std::int64_t last) {
  return ack().ack(segment(una)).sack({{segment(first), segment(last + 1)}});
}

}  // namespace

TEST_CASE("RFC 8985 §6.2: a single SACK beyond a hole is enough, a quarter of the round trip later",
          "[RFC8985][rack][8985-3.3.2-a][8985-4-a][8985-4-b][8985-6.2-e][8985-6.2-f]") {
  Conversation c = with_flight(10 * smss);
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 10, 10));
  c.host.tick(round_trip / 4 - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(1)));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
}

TEST_CASE("RFC 8985 §6.2: what comes within that time was reordered, and nothing is sent again",
          "[RFC8985][rack][8985-3.3.2-a][8985-9.2]") {
  Conversation c = with_flight(10 * smss);
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 4, 10));
  c.peer.expects(octets(smss).seq(segment(1)));  // DupThresh: nothing was reordered so far
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(segment(11)));  // echoes nothing: it may be the retransmission's
  REQUIRE(c.host.sends_octets(10 * smss));
  c.peer.ignores_answers();
  c.host.tick(round_trip);
  c.peer.sends(ack().ack(segment(11)).sack({{segment(13), segment(14)}}));
  c.peer.sends(ack().ack(segment(14)));  // 11 and 12 had been overtaken
  const auto before = c.host.count(Counter::tcp_fast_retransmits);
  REQUIRE(c.host.sends_octets(10 * smss));
  c.peer.ignores_answers();
  c.host.tick(round_trip);
  // Now reordering is known: not even eight segments beyond the hole mean a loss at once.
  c.peer.sends(reports(15, 16, 23));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == before);
}

TEST_CASE("RFC 8985 §6.2: that a path reorders is remembered when nothing is outstanding",
          "[RFC8985][rack][8985-6.2-c]") {
  Conversation c = with_flight(10 * smss);
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 9, 10));
  c.peer.sends(ack().ack(segment(11)));
  c.peer.expects_nothing();
  REQUIRE(c.host.sends_octets(5 * smss));
  c.peer.ignores_answers();
  c.host.tick(round_trip);
  c.peer.sends(reports(11, 12, 15));
  c.peer.expects_nothing();  // DupThresh counts no more
  c.host.tick(round_trip / 4);
  c.peer.expects(octets(smss).seq(segment(11)));
}

TEST_CASE("RFC 8985 §9.1: a retransmission that is lost as well is sent once more, without a timeout",
          "[RFC8985][rack][6675-4-e][6675-5-f][8985-6.2-e][8985-9.2]") {
  Conversation c = with_flight(900'000);
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 2, 10));
  c.peer.expects(octets(smss).seq(segment(1)));
  const auto later = c.peer.ignores_answers();
  REQUIRE_FALSE(later.empty());  // new segments, after the retransmission
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 2, 11));
  c.peer.expects(octets(smss).seq(segment(1)));
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 8985 §6.2 step 5: a lost retransmission that the timer finds waits for no ACK",
          "[RFC8985][rack][8985-6.2-f]") {
  Conversation c = with_flight(900'000);
  c.host.tick(round_trip);
  c.peer.sends(reports(1, 9, 10));
  c.peer.sends(ack().ack(segment(11)));  // the others were overtaken, so RACK waits from now on
  REQUIRE(c.peer.ignores_answers().size() >= 20);
  c.host.tick(round_trip);
  c.peer.sends(reports(11, 12, 20));
  c.peer.ignores_answers();
  c.host.tick(round_trip / 4);
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.expects_nothing();
  c.host.tick(1ms);
  c.peer.sends(reports(11, 12, 29));
  const auto later = c.peer.ignores_answers();  // sent 1 ms after the retransmission, and SACKed with all before
  REQUIRE_FALSE(later.empty());
  c.host.tick(round_trip);
  c.peer.sends(ack().ack(segment(11)).sack({{segment(12), c.peer.relative_seq(later.back()) + smss}}));
  c.peer.ignores_answers();
  c.host.tick(round_trip / 4 - 1ms - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(11)));
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 8985 §8: the retransmission timer waits for the reordering timer",
          "[RFC8985][rack][8985-7.2-a][8985-8]") {
  Conversation c = with_flight(900'000);
  c.host.tick(2 * round_trip);
  c.peer.expects(octets(smss).seq(segment(11)));  // the probe; the timer starts anew
  c.host.tick(1s - 1ms);
  c.peer.sends(reports(1, 10, 10));
  c.peer.ignores_answers();
  c.host.tick(round_trip / 4 - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(1)));
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
}

TEST_CASE("RFC 8985 §7.3: the last segment is sent again when its ACK is overdue",
          "[RFC8985][tlp][8985-7.2-a][8985-7.2-c][8985-7.3-b][8985-7.3-d][8985-7.3-e][8985-7.3-f][8985-7.4.2-a][8985-7."
          "4.2-b][8985-8]") {
  Conversation c = with_flight(3 * smss);
  c.host.tick(2 * round_trip - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(3)));
  CHECK(c.host.count(Counter::tcp_tail_loss_probes) == 1);
  SECTION("its SACK tells of the losses before it") {
    c.host.tick(round_trip);
    c.peer.sends(reports(1, 3, 3));
    c.peer.expects(octets(smss).seq(segment(1)));  // a PTO and a round trip after it was sent first
    c.peer.sends(ack().ack(segment(2)).sack({{segment(3), segment(4)}}));
    c.peer.expects(octets(smss).seq(segment(2)));
    CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
  }
  SECTION("there is one probe only; then the retransmission timer has its turn") {
    c.host.tick(1s - 1ns);
    c.peer.expects_nothing();
    c.host.tick(1ns);
    c.peer.expects(octets(smss).seq(segment(1)));
    CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 1);
  }
  SECTION("if it has repaired the loss, congestion control hears of it") {
    c.host.tick(round_trip);
    c.peer.sends(ack().ack(segment(4)));
    const auto before = c.host.status().congestion_window;
    REQUIRE(c.host.sends_octets(smss));
    c.peer.expects(octets(smss).seq(segment(4)));
    c.peer.sends(ack().ack(segment(5)));
    CHECK(c.host.status().congestion_window < before);
  }
  SECTION("if both copies have arrived, it does not") {
    c.host.tick(round_trip);
    SECTION("case 1: the peer says so by D-SACK") {
      c.peer.sends(ack().ack(segment(4)).sack({{segment(3), segment(4)}}));
    }
    SECTION("case 1: ... after the acknowledgment of the first") {
      c.peer.sends(ack().ack(segment(4)));
      c.peer.sends(ack().ack(segment(4)).sack({{segment(3), segment(4)}}));
    }
    SECTION("case 2: by a duplicate ACK") {
      c.peer.sends(ack().ack(segment(4)));
      c.peer.sends(ack().ack(segment(4)));
    }
    const auto before = c.host.status().congestion_window;
    REQUIRE(c.host.sends_octets(smss));
    c.peer.expects(octets(smss).seq(segment(4)));
    c.peer.sends(ack().ack(segment(5)));
    CHECK(c.host.status().congestion_window >= before);
  }
  SECTION("if another segment has arrived twice, it does all the same") {
    c.host.tick(round_trip);
    c.peer.sends(ack().ack(segment(4)).sack({{segment(1), segment(2)}}));
    const auto before = c.host.status().congestion_window;
    REQUIRE(c.host.sends_octets(smss));
    c.peer.expects(octets(smss).seq(segment(4)));
    c.peer.sends(ack().ack(segment(5)));
    CHECK(c.host.status().congestion_window < before);
  }
}

TEST_CASE("RFC 8985 §7.4.1: with timestamps, too, the SACK of a probe tells of the losses before it",
          "[RFC8985][RFC7323][tlp][8985-7.3-e]") {
  Conversation c = with_sack_peer(round_trip, true);
  constexpr std::int64_t text = smss - 12;  // beside the timestamps
  REQUIRE(c.host.sends_octets(4 * text));
  const auto first = c.peer.ignores_answers();
  REQUIRE(first.size() == 4);
  // RFC 7323 §4.3: what the peer echoes is the segment that moved the left edge, until another one does.
  const auto echoes = [&](const TcpPacket& packet, std::int64_t una) {
    return ack().ack(una).timestamps(c.peer.timestamp(), packet.timestamps->first);
  };
  c.host.tick(round_trip);
  c.peer.sends(echoes(first[0], 1 + text));
  c.peer.expects_nothing();
  c.host.tick(2 * round_trip);
  c.peer.expects(octets(text).seq(1 + 3 * text));  // the probe
  c.host.tick(round_trip);
  c.peer.sends(echoes(first[0], 1 + text).sack({{1 + 3 * text, 1 + 4 * text}}));
  const TcpPacket again = c.peer.expects(octets(text).seq(1 + text));
  SECTION("and that of the next one, too") {
    c.host.tick(round_trip);
    c.peer.sends(echoes(again, 1 + 2 * text).sack({{1 + 3 * text, 1 + 4 * text}}));
    c.peer.expects(octets(text).seq(1 + 2 * text));
  }
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
}

TEST_CASE("RFC 8985 §7.3: the probe is new text if there is any, whatever cwnd says", "[RFC8985][tlp][8985-7.3-c]") {
  Conversation c = with_flight(900'000);
  c.host.tick(2 * round_trip);
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 8985 §7.3: after a probe there is none before the round trip was measured again",
          "[RFC8985][tlp][8985-7.3-a][8985-7.3-b]") {
  Conversation c = with_flight(smss);
  c.host.tick(2 * round_trip + 200ms);
  c.peer.expects(octets(smss).seq(segment(1)));
  // The path has become longer. Both sendings arrive, and no ACK tells which it is of.
  c.host.tick(60ms);
  c.peer.sends(ack().ack(segment(2)));
  c.peer.sends(ack().ack(segment(2)));
  REQUIRE(c.host.sends_octets(smss));
  c.peer.expects(octets(smss).seq(segment(2)));
  c.host.tick(300ms);
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(segment(3)));
  // Now SRTT is 7/8 * 20 ms + 1/8 * 300 ms, and the probe waits for the longer.
  REQUIRE(c.host.sends_octets(smss));
  c.peer.expects(octets(smss).seq(segment(3)));
  c.host.tick(2 * 55ms + 200ms - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(3)));
  CHECK(c.host.count(Counter::tcp_tail_loss_probes) == 2);
}

TEST_CASE("RFC 8985 §7.2: for a single segment the probe waits for an ACK that may be delayed",
          "[RFC8985][tlp][8985-7.2-c]") {
  Conversation c = with_flight(smss);
  c.host.tick(2 * round_trip + 200ms - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(octets(smss).seq(segment(1)));
}

TEST_CASE("RFC 8985 §7.3: a FIN that was lost is probed for like text", "[RFC8985][tlp][8985-7.3-d]") {
  Conversation c = with_flight(3 * smss);
  c.host.tick(round_trip);
  c.peer.sends(ack().ack(segment(4)));
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(segment(4)));
  c.host.tick(2 * round_trip + 200ms - 1ns);
  c.peer.expects_nothing();
  c.host.tick(1ns);
  c.peer.expects(fin().seq(segment(4)));
  CHECK(c.host.count(Counter::tcp_tail_loss_probes) == 1);
}

TEST_CASE("RFC 8985 §4: without SACK there is no probe", "[RFC8985][tlp][8985-4-a]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends_octets(3 * smss));
  c.peer.ignores_answers();
  c.host.tick(999ms);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 8985 §6.3: after a timeout only what was sent long enough ago counts as lost",
          "[RFC8985][rack][2018-5-c][8985-6.3][8985-9.3-a]") {
  Conversation c = with_flight(10 * smss);
  c.host.tick(round_trip);
  c.peer.sends(ack().ack(segment(2)));
  c.peer.ignores_answers();
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  const auto answers = c.peer.ignores_answers();
  REQUIRE_FALSE(answers.empty());
  CHECK(c.peer.relative_seq(answers.back()) == segment(2));
  // Slow start fills the holes from there on.
  c.host.tick(round_trip);
  c.peer.sends(ack().ack(segment(3)));
  c.peer.expects(octets(smss).seq(segment(3)));
  c.peer.expects(octets(smss).seq(segment(4)));
}

}  // namespace handwave::test
