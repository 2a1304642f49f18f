// A rate and the queue before it, as a value: what comes faster waits, and what finds the queue full is lost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave {

class BottleneckQueue {
 public:
  /// `rate` in bits a second, 0 for any; a packet waits for `limit` at most, so that the queue holds so much time's
  /// worth of octets.
  BottleneckQueue(std::uint64_t rate, Duration limit) : rate_(rate), limit_(limit) {}

  /// How long so many octets take at `rate` bits a second, which is not 0.
  static Duration transmission_time(std::uint64_t octets, std::uint64_t rate) {
    return Duration{static_cast<Duration::rep>(static_cast<double>(octets) * 8e9 / static_cast<double>(rate))};
  }

  /// When a packet of so many octets that comes now has left; nothing if there is no room for it.
  std::optional<Instant> add(Instant now, std::uint64_t octets) {
    if (rate_ == 0) return now;
    if (free_at_ > now + limit_) return std::nullopt;
    free_at_ = std::max(free_at_, now) + transmission_time(octets, rate_);
    return free_at_;
  }
  /// Octets that have not left yet.
  [[nodiscard]] std::uint64_t octets(Instant now) const {
    const Duration left = std::max(free_at_ - now, Duration{});
    return static_cast<std::uint64_t>(static_cast<double>(left.count()) * static_cast<double>(rate_) / 8e9);
  }
  /// For how long nothing has waited.
  [[nodiscard]] Duration idle(Instant now) const { return std::max(now - free_at_, Duration{}); }
  [[nodiscard]] std::uint64_t rate() const { return rate_; }

 private:
  std::uint64_t rate_;
  Duration limit_;
  Instant free_at_{};  ///< when the last octet accepted has left
};

}  // namespace handwave
