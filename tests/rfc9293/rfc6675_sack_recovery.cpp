// RFC 6675: what a sender makes of the peer's SACK reports.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>
#include <vector>

#include "tests/rfc9293/sack_peer.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t smss = 1460;

/// SEG.SEQ of the n-th segment, counted from 1.
constexpr std::int64_t segment(std::int64_t n) { return 1 + (n - 1) * smss; }

/// Ten segments are in flight, the peer reports by SACK, and a lot more is queued.
Conversation with_ten_in_flight(std::size_t queued = 900'000) {
  Conversation c = with_sack_peer(20ms);  // RFC 8985 §6.2 and §7.2 measure by it
  REQUIRE(c.host.sends_octets(queued));
  for (int n = 1; n <= 10; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
  c.host.tick(20ms);
  return c;
}

/// The segments from `first` to `last` have arrived, and those before `una` in order.
Segment reports(std::int64_t una, std::int64_t first, std::int64_t last) {
  return ack().ack(segment(una)).sack({{segment(first), segment(last + 1)}});
}

}  // namespace

TEST_CASE("RFC 6675 §5 (3), RFC 3042: what is SACKed makes room for new text before anything counts as lost",
          "[RFC6675][RFC3042][5681-3.2-e][2018-5.1-a][3042-2-a][3042-2-b]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(reports(1, 2, 2));
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.expects_nothing();
  c.peer.sends(reports(1, 2, 3));
  c.peer.expects(octets(smss).seq(segment(12)));
  c.peer.expects_nothing();
  CHECK(c.host.status().congestion_window == 10 * smss);
}

TEST_CASE("RFC 6675 §5 (4): the third segment SACKed beyond a hole begins the recovery",
          "[RFC6675][MUST-19][5681-4.3-a][2018-5.1-a][6675-5-c]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(reports(1, 2, 2));
  c.peer.sends(reports(1, 2, 3));
  c.peer.ignores_answers();
  c.peer.sends(reports(1, 2, 4));
  c.peer.expects(octets(smss).seq(segment(1)));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
}

TEST_CASE("RFC 6675 §5 (4): FlightSize before a loss in a batch of ACKs is what it would be one by one",
          "[RFC6675][MUST-19][MUST-58][5681-4.3-a][6675-4-e][8985-9.3-b][6937-3-b]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends_together({ack().ack(segment(3)), ack().ack(segment(5)), ack().ack(segment(7)), reports(7, 8, 8),
                         reports(7, 8, 9), reports(7, 8, 10)});
  // Six were acknowledged in slow start, and had let out twelve.
  CHECK(c.host.status().slow_start_threshold == 8 * smss);
  Conversation one_by_one = with_ten_in_flight();
  for (const Segment& segment : {ack().ack(segment(3)), ack().ack(segment(5)), ack().ack(segment(7)), reports(7, 8, 8),
                                 reports(7, 8, 9), reports(7, 8, 10)}) {
    one_by_one.peer.ignores_answers();
    one_by_one.peer.sends(segment);
  }
  CHECK(one_by_one.host.status().slow_start_threshold == 8 * smss);
  one_by_one.peer.ignores_answers();
  // RFC 6937 §3.1: six were acknowledged and nothing was sent for them, and a seventh began the recovery. Nothing is in
  // the network now, so that less than ssthresh leaves.
  c.peer.expects(octets(smss).seq(segment(7)));
  for (int n = 11; n <= 16; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5681 §4.3: losses in two successive windows lower ssthresh twice", "[RFC5681][5681-4.3-d][6675-5-d]") {
  Conversation c = with_ten_in_flight(18 * smss);
  c.peer.sends(reports(1, 2, 10));
  c.peer.expects(octets(smss).seq(segment(1)));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  c.peer.sends(ack().ack(segment(11)));  // the first window is repaired
  std::int64_t end = segment(11);
  for (const TcpPacket& packet : c.peer.ignores_answers())
    end = std::max(end, c.peer.relative_seq(packet) + static_cast<std::int64_t>(packet.text.size()));
  const std::int64_t in_flight = end - segment(11);
  REQUIRE(in_flight >= 4 * smss);
  c.host.tick(20ms);
  c.peer.sends(ack().ack(segment(11)).sack({{segment(12), end}}));
  c.peer.expects(octets(smss).seq(segment(11)));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 2);
  CHECK(c.host.status().slow_start_threshold == in_flight / 2);
}

TEST_CASE("RFC 6937 §3: what the ACK delivers that begins a recovery counts once", "[RFC6675][MUST-19]") {
  Conversation c = with_ten_in_flight();
  std::vector<Segment> acks;
  for (int n = 2; n <= 11; ++n) acks.push_back(ack().ack(segment(n)));
  c.peer.sends_together(acks);
  for (int n = 11; n <= 30; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
  c.host.tick(20ms);
  // Twenty are in flight. Four arrived, one is lost, three arrived behind it: 12 are left. Of seven delivered PRR lets
  // out 7 * ssthresh / RecoverFS, which is 7 * 10 / (12 + 4).
  c.peer.sends(reports(15, 16, 18));
  CHECK(c.host.status().slow_start_threshold == 10 * smss);
  c.peer.expects(octets(smss).seq(segment(15)));
  for (int n = 31; n <= 33; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 6675 §5 (2): one report of three segments is enough", "[RFC6675][6675-5-a][6675-5-c]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(reports(1, 2, 4));
  c.peer.expects(octets(smss).seq(segment(1)));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
}

TEST_CASE("RFC 6675 §5: what was reported before the window moved does not count towards the third",
          "[RFC6675][6675-5-b]") {
  Conversation c = with_ten_in_flight(10 * smss);
  c.peer.sends(reports(1, 2, 3));
  c.peer.sends(ack().ack(segment(4)));
  c.peer.sends(reports(4, 5, 5));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 6675 §5 (A): what is known beyond RecoveryPoint is not forgotten when the recovery ends",
          "[RFC6675][6675-5-e]") {
  Conversation c = with_ten_in_flight();
  c.peer.sends(reports(1, 2, 10));
  c.peer.expects(octets(smss).seq(segment(1)));
  for (int n = 11; n <= 14; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.host.tick(20ms);
  c.peer.sends(reports(11, 12, 12));  // RecoveryPoint is covered
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  c.peer.expects(octets(smss).seq(segment(15)));
  c.peer.expects(octets(smss).seq(segment(16)));
  c.host.tick(20ms);
  c.peer.sends(reports(11, 14, 15));
  c.peer.expects(octets(smss).seq(segment(11)));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 2);
  c.peer.expects_nothing();
  c.peer.sends(reports(11, 14, 16));  // which says nothing of 12
  c.peer.expects(octets(smss).seq(segment(13)));
}

TEST_CASE("RFC 6675 §8: duplicate ACKs that report nothing begin no recovery",
          "[RFC6675][5681-3.2-f][6675-8][3042-2-c]") {
  Conversation c = with_ten_in_flight();
  for (int i = 0; i < 10; ++i) c.peer.sends(ack().ack(1));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 6675 §4: only the holes are sent again, all of them in one recovery",
          "[RFC6675][5681-4.3-c][2018-5-a][6675-4-d][6675-4-h][6675-5-a][6675-5-d][6675-5-f][6675-5-h]") {
  Conversation c = with_ten_in_flight(10 * smss);
  // 1, 3 and 5 are lost.
  c.peer.sends(ack().ack(1).sack({{segment(2), segment(3)}}));
  c.peer.sends(ack().ack(1).sack({{segment(4), segment(5)}, {segment(2), segment(3)}}));
  c.peer.sends(ack().ack(1).sack({{segment(6), segment(11)}, {segment(4), segment(5)}, {segment(2), segment(3)}}));
  c.peer.expects(octets(smss).seq(segment(1)));
  c.peer.expects(octets(smss).seq(segment(3)));
  c.peer.expects(octets(smss).seq(segment(5)));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(segment(11)));
  CHECK(c.host.status().congestion_window == 5 * smss);
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 6675 §5.1: after a timeout, what is SACKed is not sent again", "[RFC6675][6675-5.1-c]") {
  Conversation c = with_ten_in_flight(10 * smss);
  c.peer.sends(reports(1, 3, 4));
  c.peer.expects_nothing();
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(segment(5)));
  const auto answers = c.peer.ignores_answers();
  REQUIRE_FALSE(answers.empty());
  for (const TcpPacket& packet : answers) CHECK(c.peer.relative_seq(packet) >= segment(5));
}

TEST_CASE("RFC 6675 §5.1: a timeout in a recovery ends it, and no other begins before all in flight is acknowledged",
          "[RFC6675][6675-5.1-d][6675-5.1-e]") {
  Conversation c = with_ten_in_flight(10 * smss);
  c.peer.sends(reports(1, 2, 4));
  c.peer.expects(octets(smss).seq(segment(1)));
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.expects(octets(smss).seq(segment(1)));
  const auto ssthresh = c.host.status().slow_start_threshold;
  c.host.tick(20ms);
  c.peer.sends(reports(5, 7, 10));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  CHECK(c.host.status().slow_start_threshold == ssthresh);
  CHECK(c.host.status().congestion_window < ssthresh);
}

TEST_CASE("RFC 2018 §8: text that was SACKed and given up again is sent once more",
          "[RFC2018][RFC6675][2018-5-c][2018-8-c][6675-4-b]") {
  Conversation c = with_ten_in_flight(10 * smss);
  c.peer.sends(reports(1, 2, 10));
  c.peer.expects(octets(smss).seq(segment(1)));
  // The acknowledgment of the hole should have been one of everything.
  c.peer.sends(ack().ack(segment(2)));
  CHECK(c.host.count(Counter::tcp_sack_reneged) == 1);
  std::int64_t expected = segment(2);
  while (expected < segment(11)) {
    const auto answers = c.peer.ignores_answers();
    REQUIRE_FALSE(answers.empty());
    for (const TcpPacket& packet : answers) {
      CHECK(c.peer.relative_seq(packet) == expected);
      expected += static_cast<std::int64_t>(packet.text.size());
    }
    c.peer.sends(ack().ack(expected));
  }
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 2018 §3: a report that cannot be true is none", "[RFC2018][RFC6675]") {
  Conversation c = with_ten_in_flight(10 * smss);
  const auto block = GENERATE(std::pair{segment(8), segment(12)},  // beyond SND.NXT
                              std::pair{segment(1), segment(8)},   // SND.UNA, which is not acknowledged
                              std::pair{segment(8), segment(5)},   // backwards
                              std::pair{segment(5), segment(5)},   // empty
                              std::pair{segment(8), std::int64_t{0x7fff'0000}});
  for (int i = 0; i < 5; ++i) c.peer.sends(ack().ack(1).sack({block}));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 2018 §8: a peer that reports every other octet makes us keep no more ranges than the limit",
          "[RFC2018][limits]") {
  Conversation c = with_ten_in_flight(10 * smss);
  for (std::int64_t octet = 3; octet < 10 * smss; octet += 8)
    c.peer.sends(ack().ack(1).sack({{octet, octet + 1}, {octet + 2, octet + 3}, {octet + 4, octet + 5}}));
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(segment(11)));
  c.host.tick(10s);
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("RFC 5681 §4.3: a retransmission that is lost after a timeout lowers the window again, once a round trip",
          "[RFC5681][RFC8985][RFC6675][5681-4.3-e][8985-9.3-c]") {
  Conversation c = with_ten_in_flight(30 * smss);
  c.peer.sends(ack().ack(segment(11)));
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  c.peer.ignores_answers();
  CHECK(c.host.status().slow_start_threshold == 10 * smss);
  // Slow start: 11; 12, 13; 14 to 17; and now 18 to 25 are on their way again.
  for (const int una : {12, 14, 18}) {
    c.host.tick(20ms);
    c.peer.sends(ack().ack(segment(una)));
  }
  REQUIRE(c.host.status().congestion_window == 8 * smss);
  REQUIRE(c.peer.ignores_answers().size() == 14);
  const auto reports_but_18_and_21 = [](int first, int last) {
    return ack()
        .ack(segment(18))
        .sack({{segment(first), segment(last + 1)}, {segment(22), segment(26)}, {segment(19), segment(21)}});
  };
  c.host.tick(20ms);
  c.peer.sends(ack().ack(segment(18)).sack({{segment(22), segment(26)}, {segment(19), segment(21)}}));
  REQUIRE(c.peer.ignores_answers().size() == 5);  // 26 to 30
  c.host.tick(20ms);
  c.peer.sends(reports_but_18_and_21(26, 26));  // sent after 18 and 21
  CHECK(c.host.status().slow_start_threshold == 4 * smss);
  CHECK(c.host.status().congestion_window == 4 * smss);
  c.peer.sends(reports_but_18_and_21(28, 29));  // 27 is lost as well, and was sent before the window was lowered
  CHECK(c.host.status().slow_start_threshold == 4 * smss);
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);  // RFC 6675 §5.1
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 1);
}

TEST_CASE("RFC 5681 §2: a FIN alone, new or lost, leaves whatever cwnd says", "[RFC5681][RFC6675]") {
  Conversation c = with_ten_in_flight(10 * smss);
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(segment(11)));
  c.host.tick(20ms);
  c.peer.sends(reports(1, 2, 10));
  c.peer.expects(octets(smss).seq(segment(1)));
  while (c.host.count(Counter::tcp_retransmission_timeouts) == 0) REQUIRE(c.host.tick_to_deadline());
  CHECK(c.host.status().congestion_window == smss);
  c.peer.expects(octets(smss).seq(segment(1)));
  c.peer.expects(fin().seq(segment(11)));
  c.peer.expects_nothing();
}

}  // namespace handwave::test
