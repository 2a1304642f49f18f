// Eifel detection and F-RTO: RFC 3522 §3.2, RFC 5682 §3.1; and what the RTO learns of it, RFC 4015 §3.1 (11).
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "stack/tcp/recovery/spurious_timeout.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant timeout{1h};

/// The timer has expired, and the first segment was sent again.
SpuriousTimeout after_timeout(bool recovering = false) {
  SpuriousTimeout spurious;
  spurious.timed_out(recovering, false, 10'000);
  spurious.retransmitted(timeout);
  return spurious;
}

}  // namespace

TEST_CASE("RFC 3522 §3.2: an ACK that echoes what was sent before the retransmission proves the timeout spurious",
          "[spurious][RFC3522][3522-3.2-a][3522-3.2-b][3522-3.2-d][4015-3.1-a][4015-3.1-e]") {
  const auto ticks = TimestampClock::ticks(timeout);
  SpuriousTimeout spurious = after_timeout();
  SECTION("it echoes the original") {
    CHECK(spurious.acknowledged({.advanced = true, .delivers = true, .echoed = ticks - 1}));
    CHECK(spurious.pipe_prev() == 10'000);
  }
  SECTION("it echoes the retransmission") {
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .echoed = ticks}));
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .echoed = ticks - 1}));
  }
  SECTION("the first retransmission counts, even if there are more, and so does the window before it") {
    spurious.timed_out(true, true, 1000);
    spurious.retransmitted(timeout + 2s);
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .echoed = ticks + 1}));
    CHECK(spurious.pipe_prev() == 10'000);
  }
}

TEST_CASE("RFC 3522 §3.2 (5), §3.3: if the retransmission may have arrived as a duplicate, nothing is proved",
          "[spurious][RFC3522][3522-3.2-c]") {
  const auto earlier = TimestampClock::ticks(timeout) - 1;
  SpuriousTimeout spurious = after_timeout();
  SECTION("the ACK has a D-SACK") {
    CHECK_FALSE(spurious.acknowledged(
        {.advanced = true, .delivers = true, .twice = true, .peer_tells_twice = true, .echoed = earlier}));
  }
  SECTION("the ACK covers everything, of a peer that may have no D-SACK") {
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .all = true, .echoed = earlier}));
  }
  SECTION("if it is known to have it, then none in the ACK means no duplicate") {
    CHECK(spurious.acknowledged(
        {.advanced = true, .delivers = true, .all = true, .peer_tells_twice = true, .echoed = earlier}));
  }
}

TEST_CASE("RFC 5682 §3.1: an ACK for what was not sent again, after two new segments, proves it",
          "[spurious][RFC5682][5682-3.1-a][5682-3.1-c][5682-3.1-d][5682-3.1-e]") {
  SpuriousTimeout spurious = after_timeout();
  CHECK_FALSE(spurious.acknowledged({.delivers = true, .duplicate = true}));  // (2): only the scoreboard hears of it
  CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .new_text = true}));
  CHECK(spurious.sends_new_text());
  SECTION("(3b)") { CHECK(spurious.acknowledged({.advanced = true, .delivers = true})); }
  SECTION("(3b), by SACK") { CHECK(spurious.acknowledged({.delivers = true, .duplicate = true})); }
  SECTION("(3a): what it covers was sent after the timeout") {
    CHECK_FALSE(spurious.acknowledged({.beyond = true, .delivers = true, .duplicate = true}));
  }
  SECTION("(3a): a duplicate ACK that tells of nothing") { CHECK_FALSE(spurious.acknowledged({.duplicate = true})); }
  CHECK_FALSE(spurious.sends_new_text());
  CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true}));
}

TEST_CASE("RFC 5682 §3.1 (1), (2): where it is not tried", "[spurious][RFC5682][5682-3.1-b][5682-3.1-f][5682-2.2]") {
  SECTION("in a recovery") {
    SpuriousTimeout spurious = after_timeout(true);
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .new_text = true}));
    CHECK_FALSE(spurious.sends_new_text());
  }
  SECTION("if everything is acknowledged") {
    SpuriousTimeout spurious = after_timeout();
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .covered = true, .delivers = true, .new_text = true}));
    CHECK_FALSE(spurious.sends_new_text());
  }
  SECTION("if not all is acknowledged that was sent again") {
    SpuriousTimeout spurious = after_timeout();
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .partial = true, .new_text = true}));
    CHECK_FALSE(spurious.sends_new_text());
  }
  SECTION("without new text") {
    SpuriousTimeout spurious = after_timeout();
    CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true}));
    CHECK_FALSE(spurious.sends_new_text());
  }
}

TEST_CASE("RFC 5682 §3.1 (1): another timeout begins from the start", "[spurious][RFC5682][5682-3.1-g]") {
  SpuriousTimeout spurious = after_timeout();
  CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .new_text = true}));
  CHECK(spurious.sends_new_text());
  spurious.timed_out(true, true, 1000);
  CHECK_FALSE(spurious.sends_new_text());
  CHECK_FALSE(spurious.acknowledged({.advanced = true, .delivers = true, .new_text = true}));
  CHECK(spurious.sends_new_text());
  CHECK(spurious.acknowledged({.advanced = true, .delivers = true}));
}

TEST_CASE("RFC 4015 §3.1 (11): after a spurious timeout the next measurement counts in full",
          "[rto][RFC4015][4015-3.1-d]") {
  RetransmissionTimeout rto(1ms);
  rto.sample(100ms);
  rto.was_spurious();
  rto.sample(900ms);
  CHECK(rto.smoothed() == Duration{900ms});
  CHECK(rto.variation() == 450ms);
  rto.sample(900ms);
  CHECK(rto.variation() < 450ms);
}

}  // namespace handwave::tcp
