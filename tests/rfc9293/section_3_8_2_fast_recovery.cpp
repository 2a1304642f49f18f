// RFC 9293 §3.8.2: fast retransmit and fast recovery, RFC 5681 §3.2, RFC 6582; limited transmit, RFC 3042.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t smss = 1460;

/// SEG.SEQ of the n-th segment, counted from 1.
constexpr std::int64_t segment(std::int64_t n) { return 1 + (n - 1) * smss; }

/// Ten segments are in flight, and a lot more is queued.
Conversation with_ten_in_flight(const InitialNumbers& numbers, std::size_t queued = 900'000) {
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_window_scale = 7});
  c.peer.sends(ack());
  REQUIRE(c.host.sends_octets(queued));
  for (int n = 1; n <= 10; ++n) c.peer.expects(octets(smss).seq(segment(n)));
  c.peer.expects_nothing();
  return c;
}

/// The first segment was lost: three ACKs of segments after it, and the fast retransmit.
Conversation in_fast_recovery(const InitialNumbers& numbers) {
  Conversation c = with_ten_in_flight(numbers);
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.expects(octets(smss).seq(segment(12)));
  c.peer.expects(octets(smss).seq(segment(1)));
  c.peer.expects_nothing();
  return c;
}

}  // namespace

TEST_CASE("RFC 3042: each of the first two duplicate ACKs sends one new segment",
          "[3.8.2][RFC3042][RFC5681][5681-3.2-d][5681-3.2-e][3042-2-a][3042-2-b]") {
  Conversation c = with_ten_in_flight(GENERATE(from_range(initial_numbers())));
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(12)));
  c.peer.expects_nothing();
  CHECK(c.host.status().congestion_window == 10 * smss);  // cwnd itself stays
}

TEST_CASE("RFC 5681 §3.2: the third duplicate ACK sends the lost segment again, before its timer",
          "[3.8.2][MUST-19][RFC5681][5681-3.2-c][5681-3.2-i][6582-3.2-a]") {
  Conversation c = with_ten_in_flight(GENERATE(from_range(initial_numbers())));
  c.peer.sends(ack().ack(1));
  c.peer.sends(ack().ack(1));
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(1)));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 5681 §3.2 (2): ssthresh is half of the flight, without what limited transmit sent",
          "[3.8.2][RFC5681][RFC3042][5681-3.1-g][5681-3.2-g][5681-3.2-h]") {
  Conversation c = in_fast_recovery(GENERATE(from_range(initial_numbers())));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
}

TEST_CASE("RFC 5681 §3.2 (4), (5): further duplicate ACKs inflate the window until it allows new segments",
          "[3.8.2][RFC5681][5681-3.2-i][5681-3.2-j][5681-3.2-k]") {
  Conversation c = in_fast_recovery(GENERATE(from_range(initial_numbers())));
  // ssthresh + 3 = 8 segments of window, and 12 in flight: it takes five more before one may leave.
  for (int i = 0; i < 4; ++i) c.peer.sends(ack().ack(1));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(13)));
  c.peer.sends(ack().ack(1));
  c.peer.expects(octets(smss).seq(segment(14)));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 6582 §3.2 (3): a full acknowledgment deflates the window and ends the recovery",
          "[3.8.2][RFC6582][5681-3.2-l][6582-3.2-b]") {
  Conversation c = in_fast_recovery(GENERATE(from_range(initial_numbers())));
  c.peer.sends(ack().ack(segment(13)));
  // min(ssthresh, max(FlightSize, SMSS) + SMSS), with nothing in flight.
  CHECK(c.host.status().congestion_window == 2 * smss);
  c.peer.expects(octets(smss).seq(segment(13)));
  c.peer.expects(octets(smss).seq(segment(14)));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 6582 §3.2 (3): a partial acknowledgment sends the next hole again and stays in recovery",
          "[3.8.2][RFC6582][5681-3.2-l][6582-3.2-c]") {
  Conversation c = in_fast_recovery(GENERATE(from_range(initial_numbers())));
  // The fourth segment was lost too.
  c.peer.sends(ack().ack(segment(4)));
  c.peer.expects(octets(smss).seq(segment(4)));
  c.peer.expects_nothing();
  // And the seventh: still the same recovery, no second reduction.
  c.peer.sends(ack().ack(segment(7)));
  c.peer.expects(octets(smss).seq(segment(7)));
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 1);
  c.peer.sends(ack().ack(segment(13)));
  CHECK(c.host.status().congestion_window <= 5 * smss);
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("RFC 6582 §3.2 (2): duplicate ACKs of what a recovery sent begin no second one",
          "[3.8.2][RFC6582][6582-3.2-a][6582-3.2-d]") {
  Conversation c = with_ten_in_flight(GENERATE(from_range(initial_numbers())), 10 * smss);
  c.host.tick(1s);  // a timeout: recover = SND.NXT
  c.peer.expects(octets(smss).seq(segment(1)));
  for (int i = 0; i < 5; ++i) c.peer.sends(ack().ack(1));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
  CHECK(c.host.status().slow_start_threshold == 5 * smss);
}

TEST_CASE("RFC 6582 §4.1: duplicate ACKs at recover count if the ACK before them moved by little",
          "[3.8.2][RFC6582][6582-4.1]") {
  Conversation c = with_ten_in_flight(GENERATE(from_range(initial_numbers())), 10 * smss);
  c.host.tick(1s);  // a timeout: recover = SND.NXT
  c.peer.expects(octets(smss).seq(segment(1)));
  std::uint64_t expected = 0;
  SECTION("it covered all at once: the peer had that already, and what was sent again are the duplicates") {}
  SECTION("it came a little after another") {
    c.peer.sends(ack().ack(segment(9)));
    expected = 1;
  }
  c.peer.sends(ack().ack(segment(11)));
  c.peer.ignores_answers();
  REQUIRE(c.host.sends_octets(10 * smss));
  c.peer.expects(octets(smss).seq(segment(11)));
  c.peer.ignores_answers();
  for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(segment(11)));
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == expected);
}

TEST_CASE("RFC 5681 §2: what is no duplicate ACK is not counted as one", "[3.8.2][RFC5681][5681-2-b]") {
  Conversation c = with_ten_in_flight(GENERATE(from_range(initial_numbers())), 10 * smss);
  SECTION("it has text") {
    for (int i = 0; i < 3; ++i) c.peer.sends(data("x").ack(1));
  }
  SECTION("its window is another") {
    for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(1).wnd(static_cast<std::uint16_t>(40'000 + i)));
  }
  SECTION("it acknowledges something older") {
    c.peer.sends(ack().ack(segment(2)));
    for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(1));
  }
  SECTION("nothing is outstanding") {
    c.peer.sends(ack().ack(segment(11)));
    for (int i = 0; i < 3; ++i) c.peer.sends(ack().ack(segment(11)));
  }
  CHECK(c.host.count(Counter::tcp_fast_retransmits) == 0);
}

TEST_CASE("RFC 5681 §3.2: segments out of order are answered one by one and at once",
          "[3.8.2][RFC5681][MAY-13][5681-3.2-a][5681-3.2-b][5681-4.2-d][5681-4.2-f][2018-4-d]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer});
  c.peer.sends_together({octets(100).seq(101), octets(100).seq(201), octets(100).seq(301)});
  for (int i = 0; i < 3; ++i) c.peer.expects(ack().seq(1).ack(1));
  c.peer.expects_nothing();
  // §4.2: and so is the one that fills the gap.
  c.peer.sends(octets(100).seq(1));
  c.peer.expects(ack().ack(401));
}

TEST_CASE("RFC 5681 §4.2: a FIN that arrives ahead of text is answered at once like any segment out of order",
          "[3.8.2][RFC5681][SHLD-31][5681-3.2-a]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer});
  c.peer.sends(fin().seq(101));
  c.peer.expects(ack().ack(1));
  c.peer.expects_nothing();
  c.peer.sends(octets(100).seq(1));
  c.peer.expects(ack().ack(102));
  CHECK(c.host.state() == tcp::State::close_wait);
}

}  // namespace handwave::test
