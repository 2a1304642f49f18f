// Goodput behind a policer, through loss in bursts, and before a RED queue: docs/figures/policer.tsv, bursts.tsv and
// red.tsv.
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

struct Behind {
  int rtt;     ///< milliseconds
  int burst;   ///< KiB
  int jitter;  ///< milliseconds
};

double behind_policer(const Behind& behind, CongestionAvoidance algorithm, bool sack, bool pacing = true) {
  BulkFlows flows{.impairments = "rate=100mbit,delay=" + std::to_string(behind.rtt / 2) +
                                 "ms,out.jitter=" + std::to_string(behind.jitter) + "ms",
                  .flows = {algorithm},
                  .time = 10s,
                  .sack = sack,
                  .pacing = pacing};
  flows.prepare = [&](Path& path) {
    path.policer.emplace(10'000'000, static_cast<std::uint64_t>(behind.burst) * 1024);
  };
  return goodput(flows, behind.jitter == 0 ? 1 : 2);
}

double through_bursts(double length, CongestionAvoidance algorithm, bool sack) {
  const double share = 0.002;  // of all packets
  const double ends = 1 / length;
  const auto prepare = [&](Path& path) {
    path.bursts.emplace(BurstLossOptions{.begins = share * ends / (1 - share), .ends = ends}, secret_from_seed(1));
  };
  // The peer's window fills the path and not its queue: nothing else is lost.
  return goodput({"rate=20mbit,delay=20ms", {algorithm}, 10s, sack, prepare, 150'000}, 1);
}

struct Shared {
  double goodput;  ///< of all, Mbit/s
  double jain;
  double lost;  ///< packets, by RED or in the queue
};

/// Four flows over 20 Mbit/s and 40 ms, before a queue of 100 ms that RED minds or not.
Shared before_queue(bool red, EcnUse ecn) {
  const auto prepare = [&](Path& there) {
    // Between a tenth and three tenths of what 100 ms hold.
    if (red) there.red.emplace(RedOptions{.minimum = 25'000, .maximum = 75'000}, secret_from_seed(1));
  };
  BulkFlows flows{.impairments = "rate=20mbit,delay=20ms,queue=100ms",
                  .flows = std::vector(4, cubic),
                  .time = 20s,
                  .prepare = prepare,
                  .ecn = ecn};
  const BulkResult result = run(flows, 1);
  return {std::accumulate(result.goodput.begin(), result.goodput.end(), 0.0), jains_index(result.goodput),
          static_cast<double>(result.lost + result.early)};
}

}  // namespace

TEST_CASE("sim: what RED before a queue does is what the figures say", "[sim][congestion][figures]") {
  Figures figures("red", {"queue"}, {"goodput of four flows, Mbit/s", "Jain's index", "packets lost"}, 5);
  const Shared drop_tail = before_queue(false, EcnUse::accept);
  const Shared drops = before_queue(true, EcnUse::accept);
  const Shared marks = before_queue(true, EcnUse::on);
  CHECK(figures.row({"drop-tail"}, {drop_tail.goodput, drop_tail.jain, drop_tail.lost}) == "");
  CHECK(figures.row({"RED, drops"}, {drops.goodput, drops.jain, drops.lost}) == "");
  CHECK(figures.row({"RED, marks (ECN)"}, {marks.goodput, marks.jain, marks.lost}) == "");
  CHECK(marks.lost < drops.lost);
  CHECK(marks.goodput >= 0.95 * drops.goodput);
  CHECK(figures.finish() == "");
}

TEST_CASE("sim: goodput behind a policer is what the figures say", "[sim][congestion][figures]") {
  Figures figures(
      "policer", {"RTT ms", "burst KiB", "jitter ms"},
      {"NewReno without SACK, Mbit/s", "NewReno, Mbit/s", "CUBIC, Mbit/s", "CUBIC, windows at once, Mbit/s"});
  for (const int rtt : {20, 100}) {
    for (const int burst : {16, 32, 128}) {
      for (const int jitter : {0, 2}) {
        const Behind behind{rtt, burst, jitter};
        const double without = behind_policer(behind, new_reno, false);
        const double reno = behind_policer(behind, new_reno, true);
        const double by_time = behind_policer(behind, cubic, true);
        const double at_once = behind_policer(behind, cubic, true, false);
        CHECK(figures.row({std::to_string(rtt), std::to_string(burst), std::to_string(jitter)},
                          {without, reno, by_time, at_once}) == "");
        CAPTURE(rtt, burst, jitter, without, reno, by_time, at_once);
        CHECK(reno >= without * 0.95);  // a case where the more elaborate algorithm does worse is a defect
        CHECK(by_time >= reno * 0.95);
        CHECK(by_time >= at_once * 0.95);
      }
    }
  }
  CHECK(figures.finish() == "");
}

TEST_CASE("sim: goodput through loss in bursts is what the figures say", "[sim][recovery][figures]") {
  Figures figures("bursts", {"packets a burst"}, {"NewReno without SACK, Mbit/s", "NewReno, Mbit/s", "CUBIC, Mbit/s"});
  for (const int length : {1, 4, 16}) {
    const double without = through_bursts(length, new_reno, false);
    const double reno = through_bursts(length, new_reno, true);
    const double by_time = through_bursts(length, cubic, true);
    CHECK(figures.row({std::to_string(length)}, {without, reno, by_time}) == "");
    CAPTURE(length, without, reno, by_time);
    CHECK(reno >= without * 0.95);  // a case where the more elaborate algorithm does worse is a defect
    CHECK(by_time >= reno * 0.95);
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
