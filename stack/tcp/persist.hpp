// The timer that probes zero windows: RFC 9293 §3.8.6.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave::tcp {

/// Runs while the peer's window is closed, or too small to use, and there is something to send. It never gives up by
/// itself: a receiver that answers may keep its window closed for as long as it likes (MUST-37).
class Persist {
 public:
  static constexpr Duration longest = std::chrono::seconds{60};

  /// The window closed: SHLD-29, the first probe goes out after one RTO. Does nothing if the timer runs.
  void start(Instant now, Duration rto);
  /// The window opened, or there is nothing left to send.
  void stop() { deadline_.reset(); }
  [[nodiscard]] bool running() const { return deadline_.has_value(); }
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }
  /// A probe went out: SHLD-30, the wait for the next one doubles, up to `longest`.
  void probed(Instant now);

 private:
  std::optional<Instant> deadline_;
  Duration interval_{};
};

}  // namespace handwave::tcp
