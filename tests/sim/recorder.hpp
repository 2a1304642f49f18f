// What a connection goes through, a row a step: what STATUS says of it, and what was delivered.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/sim/pair.hpp"

namespace handwave::sim {

/// Octets, but for the times.
struct Sample {
  double seconds = 0;           ///< since the record began
  std::uint32_t window = 0;     ///< cwnd
  std::uint32_t threshold = 0;  ///< ssthresh; UINT32_MAX before the first sign of congestion
  double smoothed_rtt = 0;      ///< SRTT, milliseconds; 0 before the first measurement
  std::uint64_t flight = 0;     ///< sent and not acknowledged
  std::uint64_t delivered = 0;  ///< that the receiver has read
};

/// Runs the pair's world for a time, and samples the client's connection at the end of each step: near()'s, of this
/// number. Once it is gone, the last sample is repeated.
std::vector<Sample> record(Pair& pair, std::size_t number, Duration time, Duration step);

}  // namespace handwave::sim
