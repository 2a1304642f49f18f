// Loss in bursts, as radio loses: Gilbert's and Elliott's model of two states (Bell System Technical Journal, September
// 1960 and 1963).
#pragma once

#include "stack/random.hpp"

namespace handwave::sim {

/// Probabilities, from 0 to 1.
struct BurstLossOptions {
  double begins = 0;   ///< that a packet finds a burst begun
  double ends = 1;     ///< that a packet finds it over: a burst has 1 / ends packets in the mean
  double inside = 1;   ///< that a packet in a burst is lost
  double outside = 0;  ///< that any other is
};

class BurstLoss {
 public:
  BurstLoss(const BurstLossOptions& options, const Secret& secret) : options_(options), random_(secret) {}

  /// What becomes of the next packet.
  bool loses() {
    in_burst_ = in_burst_ ? !chance(options_.ends) : chance(options_.begins);
    return chance(in_burst_ ? options_.inside : options_.outside);
  }

 private:
  bool chance(double share) {
    constexpr double denominator = 1 << 30;
    return static_cast<double>(random_.below(1 << 30)) < share * denominator;
  }

  BurstLossOptions options_;
  Random random_;
  bool in_burst_ = false;
};

}  // namespace handwave::sim
