// A policer: a token bucket without a queue, as a provider puts it before a line that is faster than what was paid for.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "stack/time.hpp"

namespace handwave::sim {

/// Tokens, an octet each, come at the rate and are saved up to the burst. A packet that finds enough of them goes
/// through at once, any other is lost.
class Policer {
 public:
  /// `rate` in bits a second, `burst` in octets. The bucket is full at first.
  Policer(std::uint64_t rate, std::uint64_t burst)
      : rate_(static_cast<double>(rate)), burst_(static_cast<double>(burst)), tokens_(burst_) {}

  bool lets_through(Instant now, std::uint64_t octets) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(burst_, tokens_ + seconds * rate_ / 8);
    last_ = now;
    if (tokens_ < static_cast<double>(octets)) return false;
    tokens_ -= static_cast<double>(octets);
    return true;
  }

 private:
  double rate_;
  double burst_;
  double tokens_;
  Instant last_{};
};

}  // namespace handwave::sim
