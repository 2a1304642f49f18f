// What stands on the simulator's paths: the policer, loss in bursts, RED and its marks, each alone and in a world.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// Of a queue before 8 Mbit/s, an octet a microsecond, that holds `octets` at `now`.
BottleneckQueue queue_with(Instant now, std::uint64_t octets) {
  BottleneckQueue queue(8'000'000, 10s);
  queue.add(now, octets);
  return queue;
}

/// The share that is chosen while the queue stays as long as that.
double share_chosen(Red red, std::uint64_t octets) {
  constexpr int packets = 20000;
  int chosen = 0;
  for (int i = 0; i < 2 * packets; ++i) {
    const bool is_chosen = red.chooses(Instant{}, queue_with(Instant{}, octets));
    if (i >= packets && is_chosen) ++chosen;  // the mean is there after the first half
  }
  return static_cast<double>(chosen) / packets;
}

Red red_with(const RedOptions& options) { return Red(options, secret_from_seed(1)); }

/// Four seconds of a bulk transfer over 20 Mbit/s and 20 ms, its path as `prepare` makes it.
struct Bulk {
  RouterCounters routers;
  PathCounters path;
  std::uint64_t received;
  Duration srtt;
};

template <class Prepare>
Bulk bulk(Prepare prepare) {
  Pair pair(1, {.impairments = "delay=10ms,rate=20mbit"});
  Path& path = pair.world().path(pair.client(), pair.server());
  prepare(path);
  pair.listen({});
  pair.connect({.octets = std::uint64_t{1} << 40});
  pair.world().run_for(4s);
  const auto status = pair.client().stack().status(pair.near().connection(0));
  REQUIRE(status);
  REQUIRE(status->smoothed_rtt);
  return {path.routers(), path.counters(), pair.far().outcome(0).received, *status->smoothed_rtt};
}

}  // namespace

TEST_CASE("sim: a policer lets its burst through at once, and then its rate", "[sim][routers]") {
  Policer policer(8'000'000, 10'000);  // an octet a microsecond
  const Instant begin{1h};
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += policer.lets_through(begin, 1000);
  CHECK(passed == 10);
  CHECK_FALSE(policer.lets_through(begin + 999us, 1000));
  CHECK(policer.lets_through(begin + 1ms, 1000));
  passed = 0;
  for (int i = 0; i < 1000; ++i) passed += policer.lets_through(begin + 1ms + i * 100us, 1000);
  CHECK(passed == 99);
  CHECK(policer.lets_through(begin + 1h, 10'000));  // no more is saved than the burst
  CHECK_FALSE(policer.lets_through(begin + 1h, 1));
}

TEST_CASE("sim: loss in bursts has the share and the length that were asked for", "[sim][routers]") {
  BurstLoss bursts({.begins = 0.01, .ends = 0.25}, secret_from_seed(1));
  constexpr int packets = 200'000;
  int lost = 0;
  int begun = 0;
  bool before = false;
  for (int i = 0; i < packets; ++i) {
    const bool loses = bursts.loses();
    lost += loses;
    begun += loses && !before;
    before = loses;
  }
  const double share = static_cast<double>(lost) / packets;
  CHECK(share > 0.0365);  // 0.01 / (0.01 + 0.25) = 0.0385
  CHECK(share < 0.0405);
  const double length = static_cast<double>(lost) / begun;
  CHECK(length > 3.8);  // 1 / 0.25
  CHECK(length < 4.2);
}

TEST_CASE("sim: RED chooses nothing below its minimum, more and more above, and all above its maximum",
          "[sim][routers]") {
  const RedOptions options{.minimum = 10'000, .maximum = 30'000, .most = 0.1};
  CHECK(share_chosen(red_with(options), 9'000) == 0);
  const double middle = share_chosen(red_with(options), 20'000);
  // p_b is 0.05. The distance to the next that is chosen is uniform up to 1 / p_b packets: half of that in the mean.
  CHECK(middle > 0.09);
  CHECK(middle < 0.11);
  CHECK(share_chosen(red_with(options), 31'000) == 1);
}

TEST_CASE("sim: RED's mean follows the queue slowly, and an empty queue as fast as packets could leave",
          "[sim][routers]") {
  Red red = red_with({.minimum = 10'000, .maximum = 30'000});
  red.chooses(Instant{}, queue_with(Instant{}, 100'000));
  CHECK(red.mean() == 200);
  for (int i = 0; i < 5000; ++i) red.chooses(Instant{}, queue_with(Instant{}, 8'000));
  CHECK(red.mean() > 7990);
  BottleneckQueue idle = queue_with(Instant{}, 1500);
  red.chooses(Instant{1500us + 750ms}, idle);  // 500 packets of 1500 octets
  CHECK(red.mean() > 2900);                    // 0.998 to the power of 501 is 0.367
  CHECK(red.mean() < 2960);
}

TEST_CASE("sim: behind a policer a flow has about the policer's rate", "[sim][routers]") {
  const Bulk result = bulk([](Path& path) { path.policer.emplace(10'000'000, 30'000); });
  CHECK(result.routers.policed > 0);
  CHECK(result.path.queue_full == 0);
  CHECK(result.received * 8 / 4 < 10'000'000);
  CHECK(result.received * 8 / 4 > 5'000'000);
}

TEST_CASE("sim: bursts of loss are lost, and repaired", "[sim][routers]") {
  const Bulk result = bulk(
      [](Path& path) { path.bursts.emplace(BurstLossOptions{.begins = 0.001, .ends = 0.2}, secret_from_seed(7)); });
  CHECK(result.routers.lost_in_bursts > 10);
  CHECK(result.received > 1'000'000);
}

TEST_CASE("sim: RED before a full queue keeps it short, by loss where the sender knows no ECN", "[sim][routers]") {
  const Bulk drop_tail = bulk([](Path&) {});
  const Bulk red =
      bulk([](Path& path) { path.red.emplace(RedOptions{.minimum = 30'000, .maximum = 90'000}, secret_from_seed(7)); });
  CHECK(red.routers.early > 0);
  CHECK(red.routers.marked == 0);
  CHECK(red.srtt < drop_tail.srtt);
  CHECK(red.received * 8 / 4 > 15'000'000);
}

TEST_CASE("sim: what a test chooses arrives marked", "[sim][routers][RFC3168]") {
  Pair pair(1, {});
  std::uint64_t chosen = 0;
  Path& path = pair.world().path(pair.client(), pair.server());
  path.options.marks = [&](const test::TcpPacket& segment) { return !segment.text.empty() && ++chosen % 2 == 0; };
  const auto [near, far] = pair.converse({.octets = 100'000}, {});
  CHECK(far.received == 100'000);  // a stack takes no offence at a mark that it never asked for
  CHECK(chosen > 60);
  CHECK(path.routers().marked == chosen / 2);
}

}  // namespace handwave::sim
