// Pacing: RFC 9002 §7.7.
#include "stack/tcp/congestion/pacer.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t smss = 1000;
constexpr std::uint32_t initial = 10 * smss;

/// What leaves from `now` on while nothing changes: as much as there is room for, each time there is.
std::uint64_t sent_until(Pacer& pacer, const Pace& pace, Instant now, Instant end) {
  std::uint64_t octets = 0;
  while (now < end) {
    const std::uint32_t room = pacer.room(now, pace);
    if (room == 0) {
      now = pacer.next();
      continue;
    }
    pacer.sent(now, room, pace);
    octets += room;
  }
  return octets;
}

}  // namespace

TEST_CASE("Pacing: a window leaves in four fifths of a round trip, and in slow start in half of one", "[pacing]") {
  const bool slow_start = GENERATE(false, true);
  const auto pace = Pace::of(800 * smss, slow_start, 100ms, smss);
  REQUIRE(pace);
  CHECK(pace->time_for(800 * smss) == (slow_start ? 50ms : 80ms));
  CHECK(pace->octets_in(100ms) == (slow_start ? 1600 : 1000) * smss);
}

TEST_CASE("Pacing: at once leaves no more than an initial window, and then a quantum at a time", "[pacing]") {
  const Instant now{1h};
  const auto pace = Pace::of(80 * smss, false, 100ms, smss);  // a segment each millisecond
  REQUIRE(pace);
  CHECK(pace->quantum() == 2 * smss);
  Pacer pacer;
  CHECK(pacer.room(now, *pace) == initial);
  pacer.sent(now, initial, *pace);
  CHECK(pacer.room(now, *pace) == 0);
  CHECK(pacer.next() == now + 2ms);
  CHECK(pacer.room(now + 2ms - 1ns, *pace) == 0);
  CHECK(pacer.room(now + 2ms, *pace) == 2 * smss);
  CHECK(pacer.room(now + 5ms, *pace) == 5 * smss);
  CHECK(pacer.room(now + 1h, *pace) == initial);  // a long silence earns no more
}

TEST_CASE("Pacing: over a while as much leaves as the rate says", "[pacing]") {
  const std::uint32_t cwnd = GENERATE(20 * smss, 80 * smss, 5000 * smss);
  const auto pace = Pace::of(cwnd, false, 100ms, smss);
  REQUIRE(pace);
  Pacer pacer;
  const std::uint64_t octets = sent_until(pacer, *pace, Instant{1h}, Instant{1h + 10s});
  CHECK(octets >= 125ULL * cwnd);
  CHECK(octets <= 125ULL * cwnd + 2 * initial + 2 * pace->octets_in(1ms));
}

TEST_CASE("Pacing: super-segments are what leaves in a millisecond, from two segments to 64 KiB", "[pacing]") {
  CHECK(Pace::of(10 * smss, false, 100ms, smss)->quantum() == 2 * smss);
  CHECK(Pace::of(800 * smss, false, 100ms, smss)->quantum() == 10 * smss);
  CHECK(Pace::of(80'000 * smss, false, 100ms, smss)->quantum() == 65535);
}

TEST_CASE("Pacing: a timer that is late by a millisecond costs nothing, on the fastest path", "[pacing]") {
  const Instant now{1h};
  const auto pace = Pace::of(90'000'000, false, 100ms, smss);  // 9 Gbit/s
  REQUIRE(pace);
  Pacer pacer;
  pacer.sent(now, pacer.room(now, *pace), *pace);
  CHECK(pacer.room(pacer.next() + 1ms, *pace) >= pace->octets_in(1ms));
}

TEST_CASE("Pacing: none without a measured round trip, within this machine, or above ten gigabits", "[pacing]") {
  CHECK_FALSE(Pace::of(80 * smss, false, std::nullopt, smss));
  CHECK_FALSE(Pace::of(80 * smss, false, 999us, smss));
  CHECK(Pace::of(80 * smss, false, 1ms, smss));
  CHECK_FALSE(Pace::of(100'000'000, false, 100ms, smss));
  CHECK_FALSE(Pace::of(UINT32_MAX, true, 1ms, smss));
}

TEST_CASE("Pacing: a window of nothing still moves", "[pacing]") {
  const auto pace = Pace::of(0, false, 100ms, smss);
  REQUIRE(pace);
  CHECK(pace->time_for(smss) == 100ms);
}

}  // namespace handwave::tcp
