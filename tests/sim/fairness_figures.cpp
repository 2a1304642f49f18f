// How flows share a bottleneck, those of one algorithm and those of two: held against docs/figures/fairness.tsv.
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

/// `count` flows, of the two algorithms in turn.
std::vector<CongestionAvoidance> flows_of(int count, CongestionAvoidance one, CongestionAvoidance other) {
  std::vector<CongestionAvoidance> flows;
  for (int i = 0; i < count; ++i) flows.push_back(i % 2 == 0 ? one : other);
  return flows;
}

}  // namespace

TEST_CASE("sim: how flows share a bottleneck is what the figures say", "[sim][congestion][figures]") {
  Figures figures("fairness", {"flows", "algorithms"},
                  {"Jain's index", "goodput of all, Mbit/s", "of the first kind, Mbit/s"});
  struct Mix {
    const char* name;
    CongestionAvoidance one;
    CongestionAvoidance other;
  };
  for (const Mix& mix : {Mix{"CUBIC", cubic, cubic}, Mix{"NewReno", new_reno, new_reno},
                         Mix{"CUBIC and NewReno in turn", cubic, new_reno}}) {
    for (const int count : {2, 4, 16}) {
      const BulkResult result = run({.impairments = "delay=20ms,rate=20mbit,queue=100ms",
                                     .flows = flows_of(count, mix.one, mix.other),
                                     .time = 20s},
                                    1);
      const double all = std::accumulate(result.goodput.begin(), result.goodput.end(), 0.0);
      double first = 0;
      for (std::size_t i = 0; i < result.goodput.size(); ++i)
        if (mix.one == mix.other || i % 2 == 0) first += result.goodput[i];
      CAPTURE(mix.name, count);
      CHECK(figures.row({std::to_string(count), mix.name}, {jains_index(result.goodput), all, first}) == "");
      CHECK(all > 0.9 * 20);
    }
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
