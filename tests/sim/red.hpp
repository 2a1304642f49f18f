// Random early detection: a router that speaks of congestion before its queue is full. Floyd and Jacobson, "Random
// Early Detection Gateways for Congestion Avoidance" (1993), §4.
#pragma once

#include <cstdint>

#include "stack/random.hpp"
#include "tun/bottleneck_queue.hpp"

namespace handwave::sim {

struct RedOptions {
  std::uint64_t minimum = 0;  ///< octets of the mean queue up to which nothing happens: min_th
  std::uint64_t maximum = 0;  ///< above it all packets are chosen: max_th
  double most = 0.1;          ///< the share that is chosen at `maximum`: max_p
  double weight = 0.002;      ///< of the queue as it is, in the mean: w_q
  bool marks = true;          ///< CE instead of loss, where the sender understands it (RFC 3168 §5)
};

class Red {
 public:
  Red(const RedOptions& options, const Secret& secret) : options_(options), random_(secret) {}

  /// A packet comes to the queue: whether its sender is to hear of congestion.
  bool chooses(Instant now, const BottleneckQueue& queue);
  [[nodiscard]] bool marks() const { return options_.marks; }
  /// The mean queue, in octets: avg.
  [[nodiscard]] double mean() const { return mean_; }

 private:
  RedOptions options_;
  Random random_;
  double mean_ = 0;
  double since_ = -1;  ///< packets since the last one that was chosen: count
};

}  // namespace handwave::sim
