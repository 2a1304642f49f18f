// What pacing buys: docs/figures/pacing.tsv.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

constexpr int rtt = 100;  // ms

struct Measured {
  double goodput;  ///< Mbit/s
  double lost;     ///< packets
};

/// A flow of 20 s over 20 Mbit/s, which hold 250 KB in a round trip, with a queue of so many milliseconds before them.
Measured measure(int queue, bool pacing) {
  const std::string impairments =
      "rate=20mbit,delay=" + std::to_string(rtt / 2) + "ms,queue=" + std::to_string(queue) + "ms";
  const BulkFlows flows{
      .impairments = impairments, .flows = {CongestionAvoidance::cubic}, .time = 20s, .pacing = pacing};
  const BulkResult result = run(flows, 1);
  return {result.goodput.front(), static_cast<double>(result.lost)};
}

}  // namespace

TEST_CASE("sim: what pacing makes of a path with a small buffer is what the figures say",
          "[sim][congestion][pacing][figures]") {
  Figures figures("pacing", {"buffer ms"},
                  {"at once, Mbit/s", "paced, Mbit/s", "at once, packets lost", "paced, packets lost"}, 5);
  for (const int queue : {2, 5, 10, 25, 100}) {
    const Measured at_once = measure(queue, false);
    const Measured paced = measure(queue, true);
    CAPTURE(queue, at_once.goodput, paced.goodput, at_once.lost, paced.lost);
    CHECK(figures.row({std::to_string(queue)}, {at_once.goodput, paced.goodput, at_once.lost, paced.lost}) == "");
    CHECK(paced.goodput >= 0.95 * at_once.goodput);  // a case where the more elaborate way does worse is a defect
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
