// A path without loss that reorders: what is sent again for nothing, by the count of duplicate ACKs (RFC 5681 §3.2) and
// by RACK's time (RFC 8985 §6.2), against docs/figures/reordering.tsv.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

struct Row {
  const char* share;
  const char* detour;  ///< what a reordered packet takes longer, on an RTT of 40 ms and the queue's
};

constexpr Row rows[] = {
    {"0.1%", "2ms"}, {"0.1%", "8ms"}, {"0.1%", "20ms"}, {"2%", "2ms"}, {"2%", "8ms"}, {"2%", "20ms"},
};

BulkResult measure(const Row& row, bool sack) {
  const std::string impairments =
      "delay=20ms,rate=20mbit,out.reorder=" + std::string(row.share) + ",detour=" + row.detour;
  // The peer's window fills the path (100 kB) and some of its queue (250 kB).
  return run({impairments, {new_reno}, 10s, sack, {}, 150'000}, 1);
}

}  // namespace

TEST_CASE("sim: what reordering costs is what the figures say", "[sim][recovery][figures]") {
  Figures figures("reordering", {"reordered", "later by"},
                  {"without SACK, Mbit/s", "RACK, Mbit/s", "without SACK, sent again", "RACK, sent again"}, 2);
  for (const Row& row : rows) {
    const BulkResult without = measure(row, false);
    const BulkResult with = measure(row, true);
    CHECK(figures.row({row.share, row.detour},
                      {without.goodput.front(), with.goodput.front(), static_cast<double>(without.needless),
                       static_cast<double>(with.needless)}) == "");
    CHECK(without.lost + with.lost == 0);
    CAPTURE(row.share, row.detour, without.goodput.front(), with.goodput.front());
    CHECK(with.goodput.front() >= without.goodput.front() * 0.95);
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
