// NewReno: the congestion avoidance of RFC 5681 §3.1. Additive increase, multiplicative decrease.
#pragma once

#include <cstdint>

#include "stack/tcp/congestion/events.hpp"

namespace handwave::tcp {

/// An algorithm of congestion avoidance is a value with these four methods; CongestionControl does the rest.
class NewReno {
 public:
  /// How many octets cwnd grows by. (3), counted in octets as §3.1 recommends: one SMSS for each window's worth.
  std::uint32_t increase(const Progress& progress) {
    acknowledged_ += progress.octets;
    if (acknowledged_ < progress.window) return 0;
    acknowledged_ -= progress.window;
    return progress.smss;
  }
  /// What ssthresh becomes: (4), half of what was in flight.
  std::uint32_t decrease(const Congestion& congestion) {
    acknowledged_ = 0;
    return congestion.flight / 2;
  }
  /// The last decrease proved needless.
  void undo() { acknowledged_ = 0; }
  /// An acknowledgment came while the application, or the peer's window, left a part of cwnd unused.
  void not_limited_by_window(Instant /*now*/) {}

 private:
  std::uint32_t acknowledged_ = 0;  ///< towards the next SMSS
};

}  // namespace handwave::tcp
