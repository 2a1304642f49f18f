// What loss recovery buys: the time that transfers take over bad paths, without SACK and with it, against the figures
// on record. HANDWAVE_SIM_FIGURES=1 prints what was measured as rows to be put here.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>

#include "tests/sim/figures.hpp"
#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// The mean over the seeds of the time from OPEN until the receiver has read everything.
struct Row {
  const char* impairments;
  std::uint64_t octets;
  double without_sack;  ///< seconds
  double with_sack;
};

constexpr std::uint64_t seeds_each = 6;

constexpr Row rows[] = {
    // Bulk over loss x delay.
    {"out.loss=0.1%,delay=5ms", 2'000'000, 0.203, 0.178},
    {"out.loss=1%,delay=5ms", 2'000'000, 1.802, 1.268},
    {"out.loss=1%,delay=50ms", 2'000'000, 14.375, 11.939},
    {"out.loss=3%,delay=5ms", 1'000'000, 2.808, 1.301},
    {"out.loss=3%,delay=50ms", 1'000'000, 14.345, 11.310},
    {"loss=5%,delay=1ms", 1'000'000, 14.575, 3.402},
    {"loss=5%,delay=20ms", 1'000'000, 20.390, 9.023},
    {"out.loss=10%,delay=20ms", 300'000, 7.338, 3.615},
    // A queue that overflows, and a path that reorders.
    {"delay=20ms,rate=20mbit", 4'000'000, 11.203, 1.841},
    {"delay=20ms,rate=100mbit", 8'000'000, 0.976, 0.976},
    {"out.reorder=2%,delay=10ms", 2'000'000, 0.375, 0.259},
    {"loss=5%,reorder=2%,duplicate=1%", 1'000'000, 12.565, 3.276},
    // Short transfers, where most losses are at the tail.
    {"out.loss=2%,delay=20ms", 10'000, 0.202, 0.128},
    {"out.loss=2%,delay=20ms", 50'000, 0.391, 0.255},
    {"out.loss=10%,delay=20ms", 50'000, 1.526, 0.771},
};

double seconds_for(const Row& row, bool sack) {
  // The shorter a transfer, the more single timeouts decide, and the more transfers a mean needs to mean something.
  const std::uint64_t count = seeds_each * std::clamp<std::uint64_t>(5'000'000 / row.octets, 1, 10);
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    PairOptions options{.impairments = row.impairments};
    options.config.selective_acknowledgment = sack;
    options.connection.congestion_avoidance = CongestionAvoidance::new_reno;
    Pair pair(seed, options);
    pair.listen({});
    pair.connect({.octets = row.octets});
    const Instant begin = pair.world().now();
    const auto arrived = [&] { return pair.far().count() == 1 && pair.far().outcome(0).received == row.octets; };
    if (!pair.world().run_until(arrived, 1h)) pair.world().fail("the octets have not arrived in an hour");
    sum += std::chrono::duration<double>(pair.world().now() - begin).count();
  }
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("sim: the time of transfers over bad paths is what the figures say", "[sim][recovery][figures]") {
  for (const Row& row : rows) {
    const double without = seconds_for(row, false);
    const double with = seconds_for(row, true);
    if (figures_wanted()) {
      std::printf("    {\"%s\", %llu, %.3f, %.3f},\n", row.impairments, static_cast<unsigned long long>(row.octets),
                  without, with);
      std::fflush(stdout);
    }
    CAPTURE(row.impairments, row.octets, without, with);
    CHECK(is_on_record(without, row.without_sack));
    CHECK(is_on_record(with, row.with_sack));
    CHECK(with <= without * 1.05);  // a case where the more elaborate algorithm does worse is a defect
  }
}

}  // namespace handwave::sim
