// What theory gives a flow that loses a share p of its segments: windows in segments, RTT in seconds.
#pragma once

#include <algorithm>
#include <cmath>

namespace handwave::sim {

/// Reno: Mathis, Semke, Mahdavi and Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm" (1997),
/// (3), with an increase of one segment a round trip, as counting octets has it: W = sqrt(3/2) / sqrt(p).
inline double reno_window(double p) { return std::sqrt(1.5 / p); }

/// CUBIC: RFC 9438 §5, figure 6 with C = 0.4 and beta = 0.7, or Reno's in the Reno-friendly region (§4.3).
inline double cubic_window(double p, double rtt) {
  const double cubic = std::pow(0.4 * 3.7 / 1.2, 0.25) * std::pow(rtt / p, 0.75);
  return std::max(cubic, reno_window(p));
}

/// Mbit/s of a window that is sent once each round trip, and of no more text than a link of `rate` Mbit/s carries.
inline double goodput_of(double window, double rtt, double rate) {
  constexpr double mss = 1448;
  constexpr double packet = 1500;
  return std::min(window * mss * 8 / 1e6 / rtt, rate * mss / packet);
}

}  // namespace handwave::sim
