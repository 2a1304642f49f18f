// CUBIC: RFC 9438.
#include "stack/tcp/congestion/cubic.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <cmath>

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::WithinRel;

constexpr std::uint32_t smss = 1000;
constexpr Instant start{std::chrono::hours{24}};

/// A path whose window is always in use: each round trip acknowledges all of it, in ACKs of two segments.
struct Path {
  Duration rtt = 100ms;
  Instant now = start;
  double cwnd = 100;  ///< segments
  Cubic cubic{};

  void acknowledge_window() {
    const double window = cwnd;
    for (double acked = 0; acked < window; acked += 2) {
      now += std::chrono::duration_cast<Duration>(rtt * (2 / window));
      cwnd += static_cast<double>(cubic.increase({.now = now,
                                                  .octets = 2 * smss,
                                                  .in_flight = octets(),
                                                  .smss = smss,
                                                  .window = octets(),
                                                  .srtt = rtt,
                                                  .una = Seq{},
                                                  .nxt = Seq{}})) /
              smss;
    }
  }
  void run_for(Duration time) {
    for (const Instant end = now + time; now < end;) acknowledge_window();
  }
  void lose(Congestion::Sign sign = Congestion::Sign::loss) {
    const auto threshold = cubic.decrease({.sign = sign, .flight = octets(), .window = octets(), .smss = smss});
    cwnd = static_cast<double>(threshold) / smss;
  }
  [[nodiscard]] std::uint32_t octets() const { return static_cast<std::uint32_t>(cwnd * smss); }
};

/// K of §4.2 after a loss at `w_max`, in seconds.
double k_after(double w_max) { return std::cbrt(w_max * 0.3 / 0.4); }

}  // namespace

TEST_CASE("RFC 9438 §4.6: a loss leaves 0.7 of what was in flight", "[cubic][RFC9438][MAY-18][9438-4.6-b]") {
  Cubic cubic;
  CHECK(cubic.decrease({.flight = 80 * smss, .window = 100 * smss, .smss = smss}) == 56 * smss);
}

TEST_CASE("RFC 9438 §4.2: cwnd is W_max again after K seconds, whatever the round trip",
          "[cubic][RFC9438][9438-4.2-a][9438-5.1]") {
  for (const Duration rtt : {Duration{50ms}, Duration{100ms}, Duration{200ms}}) {
    Path path{.rtt = rtt, .cwnd = 1000};
    path.lose();
    const double k = k_after(1000);
    path.run_for(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(k)));
    CAPTURE(rtt.count(), k);
    CHECK_THAT(path.cwnd, WithinRel(1000.0, 0.01));
  }
}

TEST_CASE("RFC 9438 §4.4, §4.5: concave up to W_max, convex beyond", "[cubic][RFC9438][9438-4.4][9438-4.5]") {
  Path path{.cwnd = 1000};
  path.lose();
  const double k = k_after(1000);
  const Instant begin = path.now;
  double before = path.cwnd;
  double growth_before = 1e9;
  bool was_concave = true;
  for (int i = 0; i < 40; ++i) {
    path.run_for(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(k / 20)));
    const double growth = path.cwnd - before;
    CHECK(growth >= 0);
    if (i > 0 && i < 17) was_concave = was_concave && growth < growth_before;
    if (i > 23) CHECK(growth > growth_before);
    growth_before = growth;
    before = path.cwnd;
  }
  CHECK(was_concave);
  const double t = std::chrono::duration<double>(path.now - begin).count();
  CHECK_THAT(path.cwnd, WithinRel(1000 + 0.4 * std::pow(t - k, 3), 0.02));
}

TEST_CASE("RFC 9438 §4.3: where Reno would be faster, cwnd is Reno's", "[cubic][RFC9438][9438-4.3-a][9438-4.3-b]") {
  Path path{.rtt = 2ms, .cwnd = 20};
  path.lose();
  const double begin = path.cwnd;
  const Instant since = path.now;
  double reno = begin;
  for (int round = 0; round < 40; ++round) {
    path.acknowledge_window();
    reno += reno < 20 ? 3 * 0.3 / 1.7 : 1;  // alpha_cubic until cwnd_prior is reached, then 1
  }
  CHECK(path.now - since < 200ms);  // W_cubic has hardly begun
  CHECK_THAT(path.cwnd, WithinRel(reno, 0.05));
}

TEST_CASE("RFC 9438 §4.2: never more than half of cwnd a round trip", "[cubic][RFC9438][9438-4.2-b]") {
  Path path{.rtt = 2s, .cwnd = 100};
  path.lose();
  for (int round = 0; round < 12; ++round) {
    const double before = path.cwnd;
    path.acknowledge_window();
    CHECK(path.cwnd <= 1.66 * before);  // e^(1/2) is what 1.5 becomes by growing at each ACK
  }
}

TEST_CASE("RFC 9438 §4.7: a loss below W_max makes the next W_max smaller than cwnd was",
          "[cubic][RFC9438][9438-4.7-a]") {
  // Only the first has lost before, at a larger window: it gives way, the second goes back to where it was.
  Path gives_way{.cwnd = 1200};
  gives_way.lose();
  gives_way.run_for(1s);
  Path holds{.now = gives_way.now, .cwnd = gives_way.cwnd};
  REQUIRE(gives_way.cwnd < 1200);
  gives_way.lose();
  holds.lose();
  CHECK_THAT(gives_way.cwnd, WithinRel(holds.cwnd, 0.001));
  gives_way.run_for(5s);
  holds.run_for(5s);
  CHECK(gives_way.cwnd < 0.92 * holds.cwnd);
}

TEST_CASE("RFC 9438 §4.8: after a timeout the window grows from where congestion avoidance began",
          "[cubic][RFC9438][9438-4.8]") {
  Path path{.cwnd = 1000};
  path.lose(Congestion::Sign::timeout);
  CHECK_THAT(path.cwnd, WithinRel(700.0, 0.001));
  path.cwnd = 400;  // slow start has ended here
  path.run_for(5s);
  // K is 0 and W_max is 400: W_cubic(5) = 450, nowhere near the 1000 of before. What is faster is Reno: a segment a
  // round trip, by alpha_cubic.
  CHECK(path.cwnd > 420);
  CHECK(path.cwnd < 480);
}

TEST_CASE("RFC 9438 §4.2, §5.8: time in which the window was not in use does not count",
          "[cubic][RFC9438][9438-4.2-c]") {
  Path busy{.cwnd = 1000};
  Path rests{.cwnd = 1000};
  for (Path* path : {&busy, &rests}) {
    path->lose();
    path->run_for(2s);
  }
  rests.cubic.not_limited_by_window(rests.now);
  rests.now += 1min;
  rests.cubic.not_limited_by_window(rests.now);
  rests.now += 1min;
  busy.run_for(2s);
  rests.run_for(2s);
  CHECK_THAT(rests.cwnd, WithinRel(busy.cwnd, 0.01));
}

TEST_CASE("RFC 9438 §4.9: after a needless decrease the window goes on from where it was", "[cubic][RFC9438]") {
  Path path{.cwnd = 1000};
  path.lose(Congestion::Sign::timeout);
  path.cubic.undo();
  path.cwnd = 990;
  path.run_for(3s);
  CHECK(path.cwnd > 999);  // W_max is 1000, not 990
  CHECK(path.cwnd < 1020);
}

}  // namespace handwave::tcp
