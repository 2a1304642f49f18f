// Flows without end through one bottleneck: what most tables of figures measure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/sim/pair.hpp"

namespace handwave::sim {

/// Connections from one host to another, ten milliseconds after one another, that send as fast as they may.
struct BulkFlows {
  std::string impairments;
  std::vector<CongestionAvoidance> flows;
  Duration time{};  ///< how long they send once the last was opened
  bool sack = true;
  std::function<void(Path&)> prepare = {};             ///< puts routers on the way to the receiver
  std::size_t receive_buffer = std::size_t{16} << 20;  ///< more than any path here holds
  bool pacing = true;
  EcnUse ecn = EcnUse::accept;
};

/// What came of it, from the first OPEN to the end.
struct BulkResult {
  std::vector<double> goodput;  ///< Mbit/s of text, of each flow
  std::uint64_t lost = 0;       ///< packets, on the way to the receiver and back, and in the queues before it
  std::uint64_t early = 0;      ///< packets that RED chose to lose, beside those
  std::uint64_t needless = 0;   ///< segments that had arrived when they were sent again, or arrived twice
};

BulkResult run(const BulkFlows& bulk, std::uint64_t seed);
/// Mbit/s of the first flow: the mean of `worlds` runs, for where dice are thrown.
double goodput(const BulkFlows& bulk, std::uint64_t worlds);

/// Jain's index: 1 if all get the same, 1/n if one gets it all. Jain, Chiu and Hawe, DEC-TR-301 (1984).
double jains_index(const std::vector<double>& shares);

}  // namespace handwave::sim
