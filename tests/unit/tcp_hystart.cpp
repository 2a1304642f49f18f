// HyStart++: RFC 9406.
#include "stack/tcp/congestion/congestion_control.hpp"
#include "stack/tcp/congestion/hystart.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t smss = 1000;

/// Rounds of a slow start, each of so many ACKs of one segment, all with the round trip given. The next round's
/// segments leave just before the last ACK of this one, so that rounds are whole flights.
struct SlowStart {
  HyStart hystart{};
  Seq una{1};
  unsigned flight = 10;  ///< segments

  /// How many octets cwnd grew by.
  std::uint32_t round(Duration rtt) {
    std::uint32_t growth = 0;
    const Seq end = una + flight * smss;
    while (una < end) {
      una = una + smss;
      const Seq nxt = una == end ? end + flight * smss : end;
      growth +=
          hystart.increase({.now = {}, .octets = smss, .smss = smss, .srtt = rtt, .rtt = rtt, .una = una, .nxt = nxt});
    }
    return growth;
  }
};

}  // namespace

TEST_CASE("RFC 9406 §4.2: while the round trip stays, slow start stays", "[hystart][RFC9406][9406-4.2-a]") {
  SlowStart start{.una = GENERATE(Seq{1}, Seq{0x7fff'f000}, Seq{0xffff'f000})};
  for (int i = 0; i < 20; ++i) CHECK(start.round(100ms) == 10 * smss);
  CHECK_FALSE(start.hystart.over());
}

TEST_CASE("RFC 9406 §4.2: when it grows by RttThresh, cwnd grows by a quarter for five rounds, and slow start is over",
          "[hystart][RFC9406][9438-4.10-b][9406-4.2-a][9406-4.2-b][9406-4.2-c][9406-4.2-e][9406-4.3-a][9406-4.3-c]") {
  // RttThresh is an eighth of the last round's minimum, within 4 ms and 16 ms.
  const auto [before, after] =
      GENERATE(std::pair<Duration, Duration>{100ms, 113ms}, std::pair<Duration, Duration>{1ms, 5ms},
               std::pair<Duration, Duration>{400ms, 416ms});
  SlowStart start;
  for (int i = 0; i < 3; ++i) CHECK(start.round(before) == 10 * smss);
  // The eighth sample tells, and from then on ...
  CHECK(start.round(after) == 7 * smss + 3 * smss / 4);
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(start.hystart.over());
    CHECK(start.round(after) == 10 * smss / 4);
  }
  CHECK(start.hystart.over());
}

TEST_CASE("RFC 9406 §4.2: less than RttThresh does not count", "[hystart][RFC9406][9406-4.2-b][9406-4.3-a]") {
  const auto [before, after] =
      GENERATE(std::pair<Duration, Duration>{100ms, 112ms}, std::pair<Duration, Duration>{1ms, 4900us},
               std::pair<Duration, Duration>{400ms, 415ms});
  SlowStart start;
  start.round(before);
  CHECK(start.round(after) == 10 * smss);
  CHECK(start.round(after) == 10 * smss);
}

TEST_CASE("RFC 9406 §4.2: rounds with fewer than eight samples decide nothing",
          "[hystart][RFC9406][9406-4.2-b][9406-4.3-a]") {
  SlowStart start;
  start.flight = 7;
  start.round(10ms);
  for (int i = 0; i < 10; ++i) CHECK(start.round(10ms + i * 20ms) == 7 * smss);
  CHECK_FALSE(start.hystart.over());
}

TEST_CASE("RFC 9406 §4.2: if the round trip was longer by chance, slow start goes on",
          "[hystart][RFC9406][9406-4.2-d]") {
  SlowStart start;
  start.round(100ms);
  start.round(140ms);
  CHECK(start.round(140ms) == 10 * smss / 4);
  // The eighth sample below the baseline resumes.
  CHECK(start.round(110ms) == 7 * smss / 4 + 3 * smss);
  CHECK(start.round(110ms) == 10 * smss);
  CHECK_FALSE(start.hystart.over());
}

TEST_CASE("RFC 9406 §4.3: a slow start that knows where to end is left alone", "[hystart][RFC9406][9406-4.3-d]") {
  CongestionControl congestion(CongestionAvoidance::new_reno, smss, Seq{1});
  // Up to half of that.
  congestion.timed_out({.flight = 400 * smss, .smss = smss, .una = Seq{1}, .nxt = Seq{1} + 400 * smss}, false);
  Seq una{1};
  Duration rtt = 100ms;
  while (congestion.window() < 100 * smss) {
    const std::uint32_t window = congestion.window();
    for (std::uint32_t acknowledged = 0; acknowledged < window; acknowledged += smss) {
      una += smss;
      congestion.acknowledged({.now = Instant{1h},
                               .octets = smss,
                               .in_flight = window,
                               .smss = smss,
                               .window = window,
                               .srtt = rtt,
                               .rtt = rtt,
                               .una = una,
                               .nxt = una + window});
    }
    CHECK(congestion.window() == 2 * window);
    rtt += 50ms;  // the first slow start would have had enough of that
  }
}

}  // namespace handwave::tcp
