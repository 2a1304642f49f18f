// Goodput behind a policer, and through loss in bursts: docs/figures/policer.tsv and bursts.tsv.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

double behind_policer(int rtt, int burst, CongestionAvoidance algorithm, bool sack) {
  // Jitter, so that windows and bucket do not swing in step, and several worlds.
  const std::string impairments = "rate=100mbit,out.jitter=2ms,delay=" + std::to_string(rtt / 2) + "ms";
  const auto prepare = [&](Path& path) { path.policer.emplace(10'000'000, static_cast<std::uint64_t>(burst) * 1024); };
  return goodput({impairments, {algorithm}, 10s, sack, prepare}, 3);
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

}  // namespace

TEST_CASE("sim: goodput behind a policer is what the figures say", "[sim][congestion][figures]") {
  Figures figures("policer", {"RTT ms", "burst KiB"},
                  {"NewReno without SACK, Mbit/s", "NewReno, Mbit/s", "CUBIC, Mbit/s"});
  for (const int rtt : {20, 100}) {
    for (const int burst : {16, 32, 128}) {
      const double without = behind_policer(rtt, burst, new_reno, false);
      const double reno = behind_policer(rtt, burst, new_reno, true);
      const double by_time = behind_policer(rtt, burst, cubic, true);
      CHECK(figures.row({std::to_string(rtt), std::to_string(burst)}, {without, reno, by_time}) == "");
      CAPTURE(rtt, burst, without, reno, by_time);
      CHECK(reno >= without * 0.95);  // a case where the more elaborate algorithm does worse is a defect
      CHECK(by_time >= reno * 0.95);
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
