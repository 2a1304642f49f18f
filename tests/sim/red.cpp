#include "tests/sim/red.hpp"

#include <cmath>

namespace handwave::sim {

bool Red::chooses(Instant now, const BottleneckQueue& queue) {
  const auto waiting = static_cast<double>(queue.octets(now));
  if (waiting > 0) {
    mean_ += options_.weight * (waiting - mean_);
  } else {
    // Figure 2: an empty queue counts as often as packets could have left meanwhile.
    const Duration packet = BottleneckQueue::transmission_time(1500, queue.rate());
    mean_ *= std::pow(1 - options_.weight, static_cast<double>(queue.idle(now) / packet) + 1);
  }
  const auto minimum = static_cast<double>(options_.minimum);
  const auto maximum = static_cast<double>(options_.maximum);
  if (mean_ < minimum) {
    since_ = -1;
    return false;
  }
  if (mean_ >= maximum) {
    since_ = 0;
    return true;
  }
  ++since_;
  // p_b grows with the mean; p_a spreads those that are chosen evenly.
  const double base = options_.most * (mean_ - minimum) / (maximum - minimum);
  const double chance = since_ * base < 1 ? base / (1 - since_ * base) : 1;
  if (static_cast<double>(random_.below(1 << 30)) >= chance * (1 << 30)) return false;
  since_ = 0;
  return true;
}

}  // namespace handwave::sim
