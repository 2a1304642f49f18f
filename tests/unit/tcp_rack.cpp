// RACK and the tail loss probe as algorithms: RFC 8985 §6.2, §7.
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "stack/tcp/recovery/rack.hpp"
#include "stack/tcp/recovery/tail_loss_probe.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
constexpr Seq iss{0xffff'ff00};  // everything here passes 2^32

/// RACK after a round trip of 40 ms, of a segment of 100 octets sent at the start.
Rack after_one_round_trip() {
  Rack rack;
  rack.delivered(start + 40ms, {{start, iss + 100}, false}, {});
  rack.acknowledged(start + 40ms, iss + 100, iss + 1000, false, false);
  return rack;
}

}  // namespace

TEST_CASE("RFC 8985 §6.2 step 2: RACK.segment is the one sent last, by sequence number where the time is the same",
          "[rack][RFC8985][8985-4-b][8985-6.2-b]") {
  Rack rack;
  CHECK_FALSE(rack.measured());
  rack.delivered(start + 40ms, {{start + 1ms, iss + 200}, false}, {});
  rack.delivered(start + 40ms, {{start + 1ms, iss + 300}, false}, {});
  rack.delivered(start + 40ms, {{start, iss + 400}, false}, {});
  rack.acknowledged(start + 40ms, iss, iss + 1000, false, false);
  CHECK(rack.segment().at == start + 1ms);
  CHECK(rack.segment().end == iss + 300);
  CHECK(rack.rtt() == 39ms);
}

TEST_CASE("RFC 8985 §6.2 step 2: a retransmission that arrived too soon, or is not the one echoed, says nothing",
          "[rack][RFC8985][8985-6.2-b]") {
  Rack rack = after_one_round_trip();
  const Instant again = start + 100ms;
  SECTION("sooner than the least round trip") {
    rack.delivered(again + 39ms, {{again, iss + 200}, true}, {});
    rack.acknowledged(again + 39ms, iss + 200, iss + 1000, false, false);
    CHECK(rack.segment().at == start);
  }
  SECTION("the ACK echoes an earlier sending") {
    rack.delivered(again + 50ms, {{again, iss + 200}, true}, TimestampClock::ticks(again) - 1);
    rack.acknowledged(again + 50ms, iss + 200, iss + 1000, false, false);
    CHECK(rack.segment().at == start);
  }
  SECTION("neither: it counts") {
    rack.delivered(again + 50ms, {{again, iss + 200}, true}, TimestampClock::ticks(again));
    rack.acknowledged(again + 50ms, iss + 200, iss + 1000, false, false);
    CHECK(rack.segment().at == again);
    CHECK(rack.rtt() == 50ms);
  }
}

TEST_CASE("RFC 8985 §6.2 step 3: an arrival below one that was sent later is reordering, but not a retransmission's",
          "[rack][RFC8985][8985-6.2-c]") {
  Rack rack = after_one_round_trip();
  rack.delivered(start + 50ms, {{start + 2ms, iss + 500}, false}, {});
  CHECK_FALSE(rack.window().reordering_seen());
  rack.delivered(start + 50ms, {{start + 45ms, iss + 300}, true}, {});
  CHECK_FALSE(rack.window().reordering_seen());
  rack.delivered(start + 50ms, {{start + 1ms, iss + 400}, false}, {});
  CHECK(rack.window().reordering_seen());
}

TEST_CASE("RFC 8985 §6.2 step 4: without reordering there is no window in a recovery or at DupThresh",
          "[rack][RFC8985][8985-3.3.2-a]") {
  Rack rack = after_one_round_trip();
  CHECK(rack.window().value(false, 2, 40ms) == 10ms);
  CHECK(rack.window().value(false, 3, 40ms) == 0ms);
  CHECK(rack.window().value(true, 0, 40ms) == 0ms);
}

TEST_CASE("RFC 8985 §6.2 step 4: the window grows with each round trip that sees a D-SACK, up to SRTT",
          "[rack][RFC8985][8985-3.3.2-b][8985-3.3.2-c][8985-3.3.2-d][8985-4-c][8985-6.2-d]") {
  Rack rack = after_one_round_trip();
  Seq una = iss + 100;
  for (int round = 2; round <= 6; ++round) {
    rack.acknowledged(start + 50ms, una, una + 100, true, false);
    rack.acknowledged(start + 50ms, una + 99, una + 100, true, false);  // the same round
    CHECK(rack.window().value(false, 0, 45ms) == std::min<Duration>(round * 10ms, 45ms));
    una += 100;
  }
  SECTION("and shrinks after sixteen recoveries without one") {
    for (int recovery = 1; recovery <= 16; ++recovery) {
      CHECK(rack.window().value(false, 0, 45ms) == 45ms);
      rack.acknowledged(start + 60ms, una, una + 100, false, true);
    }
    CHECK(rack.window().value(false, 0, 45ms) == 10ms);
  }
}

TEST_CASE("RFC 8985 §6.2 step 1: the least round trip is that of the last minute", "[rack][RFC8985][8985-6.2-a]") {
  RecentMinimum minimum;
  CHECK(minimum.value() == std::nullopt);
  minimum.sample(start, 10ms);
  minimum.sample(start + 1s, 20ms);
  CHECK(minimum.value() == Duration{10ms});
  minimum.sample(start + 31s, 30ms);
  CHECK(minimum.value() == Duration{10ms});
  minimum.sample(start + 62s, 40ms);
  CHECK(minimum.value() == Duration{30ms});
}

TEST_CASE("RFC 8985 §7.2: the probe's interval", "[tlp][RFC8985][8985-7.2-c]") {
  CHECK(TailLossProbe::interval(30ms, false) == 60ms);
  CHECK(TailLossProbe::interval(30ms, true) == 60ms + TailLossProbe::max_ack_delay);
  CHECK(TailLossProbe::interval(1us, false) == TailLossProbe::least_interval);
}

TEST_CASE("RFC 8985 §7.3: one probe at a time, and none without a new measurement", "[tlp][RFC8985][8985-7.3-a]") {
  TailLossProbe probe;
  CHECK(probe.allowed());
  probe.sent(iss + 100, true);
  probe.measured();
  CHECK_FALSE(probe.allowed());
  CHECK_FALSE(probe.acknowledged(iss + 100, iss + 100, false));
  CHECK(probe.allowed());
  probe.sent(iss + 200, false);
  CHECK_FALSE(probe.acknowledged(iss + 200, {}, false));
  CHECK_FALSE(probe.allowed());
  probe.measured();
  CHECK(probe.allowed());
}

TEST_CASE("RFC 8985 §7.4.2: what the acknowledgment of a probe says of the segment it repeated",
          "[tlp][RFC8985][8985-7.4.2-a]") {
  TailLossProbe probe;
  probe.sent(iss + 100, true);
  SECTION("an ACK that covers it does not tell yet; one beyond without D-SACK: it repaired a loss") {
    CHECK_FALSE(probe.acknowledged(iss + 100, {}, false));
    CHECK(probe.acknowledged(iss + 200, {}, false));
    CHECK_FALSE(probe.acknowledged(iss + 300, {}, false));
  }
  SECTION("case 1, D-SACK: both have arrived") {
    CHECK_FALSE(probe.acknowledged(iss + 100, iss + 100, false));
    CHECK_FALSE(probe.acknowledged(iss + 200, {}, false));
  }
  SECTION("case 2, a duplicate ACK without SACK: both have arrived") {
    CHECK_FALSE(probe.acknowledged(iss + 100, {}, true));
    CHECK_FALSE(probe.acknowledged(iss + 200, {}, false));
  }
}

}  // namespace handwave::tcp
