// What loss recovery buys: the time that transfers take over bad paths, without SACK and with it, held against
// docs/figures/recovery.tsv.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/figures.hpp"
#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

struct Row {
  const char* impairments;
  std::uint64_t octets;
};

constexpr std::uint64_t seeds_each = 6;

constexpr Row rows[] = {
    // Bulk over loss x delay.
    {"out.loss=0.1%,delay=5ms", 2'000'000},
    {"out.loss=1%,delay=5ms", 2'000'000},
    {"out.loss=1%,delay=50ms", 2'000'000},
    {"out.loss=3%,delay=5ms", 1'000'000},
    {"out.loss=3%,delay=50ms", 1'000'000},
    {"loss=5%,delay=1ms", 1'000'000},
    {"loss=5%,delay=20ms", 1'000'000},
    {"out.loss=10%,delay=20ms", 300'000},
    // A queue that overflows, and a path that reorders.
    {"delay=20ms,rate=20mbit", 4'000'000},
    {"delay=20ms,rate=100mbit", 8'000'000},
    {"out.reorder=2%,delay=10ms", 2'000'000},
    {"loss=5%,reorder=2%,duplicate=1%", 1'000'000},
    // Short transfers, where most losses are at the tail.
    {"out.loss=2%,delay=20ms", 10'000},
    {"out.loss=2%,delay=20ms", 50'000},
    {"out.loss=10%,delay=20ms", 50'000},
};

/// The mean over the seeds of the time from OPEN until the receiver has read everything.
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
    sum += pair.seconds_to_deliver(row.octets);
  }
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("sim: the time of transfers over bad paths is what the figures say", "[sim][recovery][figures]") {
  Figures figures("recovery", {"path", "octets"}, {"without SACK, s", "with SACK, s"});
  for (const Row& row : rows) {
    const double without = seconds_for(row, false);
    const double with = seconds_for(row, true);
    CHECK(figures.row({row.impairments, std::to_string(row.octets)}, {without, with}) == "");
    CAPTURE(row.impairments, row.octets, without, with);
    CHECK(with <= without * 1.05);  // a case where the more elaborate algorithm does worse is a defect
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
