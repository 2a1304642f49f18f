// RFC 7323 §3, §4, §5: timestamps, round-trip times, and protection against wrapped sequence numbers.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// TSval of the peer's SYN in every conversation.
constexpr std::uint32_t first_value = 1'000'000;

Conversation with_timestamps() {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto open = GENERATE(Open::passive, Open::active);
  return in_established({.open = open, .host_isn = numbers.host, .peer_isn = numbers.peer, .peer_timestamps = true});
}

/// TSecr of the ACK that two full segments' worth of text is answered with.
std::uint32_t echo_after(Conversation& c, const Segment& first, const Segment& second) {
  c.peer.sends(first);
  c.host.tick(1ms);
  c.peer.sends(second);
  c.host.tick(500ms);
  const auto answers = c.peer.ignores_answers();
  REQUIRE(!answers.empty());
  REQUIRE(answers.back().timestamps);
  return answers.back().timestamps->second;
}

}  // namespace

TEST_CASE("RFC 7323 §3.2: with the option on both SYNs, it is on every segment",
          "[3.1][RFC7323][7323-3.2-d][7323-3.2-e][7323-5.2-d]") {
  Conversation c = with_timestamps();
  const auto has_them = [](const TcpPacket& packet) { return packet.timestamps.has_value(); };
  REQUIRE(c.host.sends("text"));
  CHECK(has_them(c.peer.expects(data("text"))));
  c.peer.sends(data("text"));
  c.host.tick(500ms);
  CHECK(has_them(c.peer.expects(ack())));
  REQUIRE(c.host.closes());
  const TcpPacket last = c.peer.expects(fin());
  CHECK(has_them(last));
  c.host.tick(10ms);
  c.host.aborts();
  const TcpPacket reset = c.peer.expects(rst());
  REQUIRE(has_them(reset));
  CHECK(reset.timestamps->first == last.timestamps->first + 10);
  CHECK(reset.timestamps->second == last.timestamps->second);
}

TEST_CASE("RFC 7323 §5.2: a RST that answers a segment with timestamps echoes them, and has no value of its own",
          "[3.1][RFC7323][7323-3.2-e][7323-5.2-b][7323-5.2-c]") {
  const bool to_a_listener = GENERATE(false, true);
  Conversation c = to_a_listener ? in_listen() : in_closed();
  c.peer.sends(ack().seq(1).ack(1).timestamps(1234, 5));
  const TcpPacket reset = c.peer.expects(rst());
  CHECK(reset.timestamps == std::pair{0U, 1234U});
  c.peer.sends(ack().seq(1).ack(1).no_timestamps());
  c.peer.expects(rst().no_timestamps());
}

TEST_CASE("RFC 7323 §3.2: without it on the peer's SYN, it is on none", "[3.1][RFC7323][7323-3.2-h]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = in_established({.open = open});
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").no_timestamps());
  // And where the peer sends it all the same, it means nothing: no value is old, and none is echoed.
  c.peer.sends(data("newer").seq(1).timestamps(5000, 0));
  c.peer.sends(data("older").seq(6).timestamps(4000, 0));
  c.host.tick(500ms);
  c.peer.expects(ack().ack(11).no_timestamps());
  CHECK(c.host.receives() == "newerolder");
}

TEST_CASE("RFC 7323 §3.2: without an ACK bit nothing is echoed, and nothing that is echoed counts",
          "[3.1][RFC7323][7323-3.2-a][7323-3.2-c]") {
  Conversation c = in_syn_sent();
  c.host.tick(1s);
  const TcpPacket ours = c.peer.expects(syn());
  REQUIRE(ours.timestamps);
  CHECK(ours.timestamps->second == 0);
  c.peer.sends(syn().timestamps(first_value, ours.timestamps->first));  // a simultaneous open
  CHECK(c.peer.expects(syn_ack()).timestamps->second == first_value);
  CHECK(c.host.status().smoothed_rtt == std::nullopt);
}

TEST_CASE("RFC 7323 §3.2: a segment without the option is dropped where it was agreed on, unless it is a RST",
          "[3.1][RFC7323][7323-3.2-f][7323-3.2-g]") {
  Conversation c = with_timestamps();
  c.peer.sends(data("lost").seq(1).raw_options({1, 1, 1, 1}));
  c.host.tick(1s);
  c.peer.expects_nothing();
  CHECK(c.host.receives().error() == TcpError::would_block);
  CHECK(c.host.count(Counter::tcp_timestamp_missing) == 1);
  c.peer.sends(rst().seq(1));
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 7323 §5.3: a segment older than the last is acknowledged and dropped",
          "[3.1][RFC7323][7323-5.2-a][7323-5.3-a][7323-5.3-b]") {
  Conversation c = with_timestamps();
  c.peer.sends(data("new").seq(1).timestamps(first_value + 5000, 0));
  c.peer.sends(data("old").seq(4).timestamps(first_value + 4999, 0));
  c.peer.expects(ack().ack(4));
  CHECK(c.host.receives() == "new");
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 1);
  c.peer.sends(data("next").seq(4).timestamps(first_value + 5000, 0));  // the same value is no older
  CHECK(c.host.receives() == "next");
}

TEST_CASE("RFC 7323 §5.3: ACKs of old segments without text, and of old SYNs, are rationed",
          "[3.1][RFC7323][RFC5961]") {
  // Else two ends whose timestamps each find the other's old would acknowledge each other for ever.
  for (const Segment& old : {ack().ack(1), syn()}) {
    Conversation c = with_timestamps();
    for (int i = 0; i < 50; ++i) c.peer.sends(old.seq(1).timestamps(first_value - 1, 0));
    CHECK(c.peer.ignores_answers().size() == 10);
    CHECK(c.host.count(Counter::tcp_challenge_acks_limited) == 40);
  }
}

TEST_CASE("RFC 7323 §5.3: in TIME-WAIT, too, a FIN older than the last segment is acknowledged and dropped",
          "[3.1][RFC7323][7323-5.3-a][3.6.1]") {
  const auto setup = Setup{.peer_timestamps = true};
  Conversation c = in_time_wait(setup);
  c.host.tick(setup.config.msl);
  const Segment last = fin().seq(1).ack(2);
  c.peer.sends(last.timestamps(first_value - 1, 0));
  c.peer.expects(ack().ack(2));
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 1);
  c.host.tick(setup.config.msl);  // it did not restart the 2 MSL
  CHECK(c.host.state() == tcp::State::listen);
}

TEST_CASE("RFC 7323 §3.2: in TIME-WAIT, too, a segment without the timestamps that were agreed on is dropped silently",
          "[3.1][RFC7323][3.6.1]") {
  Conversation c = in_time_wait({.peer_timestamps = true});
  c.peer.sends(fin().seq(1).ack(2).no_timestamps());
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_timestamp_missing) == 1);
}

TEST_CASE("RFC 7323 §5.2: timestamps are compared round the circle", "[3.1][RFC7323][7323-5.2-a][7323-5.3-a]") {
  Conversation c = with_timestamps();
  c.peer.sends(data("a").seq(1).timestamps(first_value + 0x7fff'ffff, 0));
  c.host.tick(500ms);  // §4.3: TS.Recent follows what the ACKs have covered
  c.peer.sends(data("b").seq(2).timestamps(first_value + 0xffff'fffe, 0));
  c.host.tick(500ms);
  c.peer.sends(data("c").seq(3).timestamps(first_value + 100, 0));  // past 2^32
  CHECK(c.host.receives() == "abc");
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 0);
}

TEST_CASE("RFC 7323 §4.3: a forged segment whose ACK is refused does not set TS.Recent",
          "[3.1][RFC7323][RFC5961][MAY-12]") {
  Conversation c = with_timestamps();
  const std::uint32_t far_ahead = first_value + 0x7000'0000;
  for (const Segment& forged : {data("x").ack(100'000), data("x").ack(-100'000), bare().text("x"), syn()})
    c.peer.sends(forged.seq(1).timestamps(far_ahead, 0));
  c.peer.ignores_answers();
  c.peer.sends(data("real").seq(1).ack(1).timestamps(first_value + 1, 0));
  CHECK(c.host.receives() == "real");
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 0);
}

TEST_CASE("RFC 7323 §5.2: a RST is not judged by its timestamp, nor is anything learnt from it",
          "[3.1][RFC7323][7323-5.2-e][7323-5.2-f]") {
  Conversation c = with_timestamps();
  c.peer.sends(rst().seq(2).timestamps(first_value + 0x7000'0000, 0));  // in the window, and so only challenged
  c.peer.ignores_answers();
  c.peer.sends(data("a").seq(1).timestamps(first_value + 1, 0));
  CHECK(c.host.receives() == "a");
  c.peer.sends(rst().seq(2).timestamps(first_value - 1000, 0));
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 7323 §5.5: after 24 days of silence the last timestamp says nothing any more",
          "[3.1][RFC7323][7323-5.5]") {
  Conversation c = with_timestamps();
  SECTION("almost") {
    c.host.tick(24h * 24);
    c.peer.sends(data("x").timestamps(first_value - 1, 0));
    CHECK(c.host.receives().error() == TcpError::would_block);
  }
  SECTION("after that") {
    c.host.tick(24h * 24 + 1s);
    c.peer.sends(data("x").timestamps(first_value - 1, 0));
    CHECK(c.host.receives() == "x");
  }
}

TEST_CASE("RFC 7323 §4.3: an ACK that was delayed echoes the first of the segments it covers",
          "[3.1][RFC7323][7323-3.2-b][7323-4.3-a]") {
  Conversation c = with_timestamps();
  CHECK(echo_after(c, octets(100).timestamps(first_value + 7, 0), octets(100).timestamps(first_value + 9, 0)) ==
        first_value + 7);
}

TEST_CASE("RFC 7323 §4.3: with a hole, the echo is that of the last segment that advanced the window",
          "[3.1][RFC7323][7323-3.2-b][7323-4.3-b][7323-4.3-c]") {
  Conversation c = with_timestamps();
  c.peer.sends(octets(100).seq(1).timestamps(first_value + 7, 0));
  c.host.tick(500ms);
  CHECK(c.peer.expects(ack().ack(101)).timestamps->second == first_value + 7);
  c.peer.sends(octets(100).seq(201).timestamps(first_value + 600, 0));
  CHECK(c.peer.expects(ack().ack(101)).timestamps->second == first_value + 7);
  // The segment that fills the hole: its own.
  c.peer.sends(octets(100).seq(101).timestamps(first_value + 700, 0));
  CHECK(c.peer.expects(ack().ack(301)).timestamps->second == first_value + 700);
}

TEST_CASE("RFC 7323 §4.3: a segment beyond Last.ACK.sent does not set the echo", "[3.1][RFC7323][7323-4.3-b]") {
  Conversation c = with_timestamps();
  c.peer.sends(octets(100).seq(501).timestamps(first_value + 600, 0));
  CHECK(c.peer.expects(ack().ack(1)).timestamps->second == first_value);
}

TEST_CASE("RFC 7323 §5.3: what waits behind a hole is not judged once more when it leaves",
          "[3.1][RFC7323][7323-5.3-c]") {
  Conversation c = with_timestamps();
  c.peer.sends(octets(100).seq(101).timestamps(first_value + 5, 0));
  c.peer.sends(octets(100).seq(1).timestamps(first_value + 600, 0));  // sent again, long after
  CHECK(c.host.receives() == pattern_text(0, 200));
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 0);
}

TEST_CASE("RFC 7323 §5.4: TSval goes up once a millisecond",
          "[3.1][RFC7323][7323-4.1][7323-5.4-a][7323-5.4-b][7323-5.4-c]") {
  Conversation c = with_timestamps();
  REQUIRE(c.host.sends("a"));
  const std::uint32_t before = c.peer.expects(data("a")).timestamps->first;
  c.peer.sends(ack());
  c.host.tick(1234ms);
  REQUIRE(c.host.sends("b"));
  CHECK(c.peer.expects(data("b")).timestamps->first - before == 1234);
}

TEST_CASE("RFC 7323 §4.2, Appendix G: of many measurements in a round trip each weighs the less",
          "[3.1][RFC7323][7323-4.2]") {
  constexpr std::int64_t smss = 1448;
  Conversation c = with_timestamps();
  REQUIRE(c.host.sends_octets(10 * smss));
  c.peer.ignores_answers();
  c.host.tick(1s);  // what is sent again is measured by timestamps alone
  const std::uint32_t resent = c.peer.ignores_answers().front().timestamps->first;
  c.host.tick(100ms);
  std::int64_t acknowledged = 0;
  // In flight are ten, nine and eight segments: so many measurements are to be expected of them.
  for (const int expected : {5, 5, 4}) {
    const Duration before = c.host.status().smoothed_rtt.value();
    c.peer.sends(ack().ack(1 + ++acknowledged * smss).timestamps(first_value + 1100, resent));
    CHECK(c.host.status().smoothed_rtt.value() == before + (100ms - before) / (8 * expected));
  }
}

}  // namespace handwave::test
