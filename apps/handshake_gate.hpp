// What TLS handshakes may cost everybody else: so many at once, and so many of their steps a turn of the driver. A step
// is a key exchange or a signature, a millisecond or two in which nothing else moves.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "stack/sockets.hpp"
#include "stack/sockets/semaphore.hpp"

namespace handwave {

struct HandshakeLimits {
  /// From the connection's first moment to the end of its handshake: a slow client is cut off then.
  Duration time = std::chrono::seconds{10};
  /// Each holds a session's buffers, 40 KiB. Who comes later waits with its ClientHello unparsed, in the order of
  /// coming.
  std::size_t at_once = 1024;
  /// Between two such turns, packets of all open connections are handled and timers run.
  std::size_t steps_a_turn = 2;
};

/// Outlives the handshakes.
class HandshakeGate {
 public:
  explicit HandshakeGate(Sockets& sockets, const HandshakeLimits& limits = {})
      : sockets_(sockets), limits_(limits), places_(sockets, limits.at_once), steps_(sockets, limits.steps_a_turn) {}

  [[nodiscard]] const HandshakeLimits& limits() const { return limits_; }

  /// Waits to be one of those at once; leave() afterwards. Error: `timed_out`.
  Semaphore::Acquire enter(Instant deadline) { return places_.acquire(deadline); }
  void leave() { places_.release(); }
  /// Waits for this turn's or a later turn's permission for one step. Error: `timed_out`.
  Task<Stack::Result<void>> step(Instant deadline);

 private:
  Task<void> refill();

  Sockets& sockets_;
  HandshakeLimits limits_;
  Semaphore places_;
  Semaphore steps_;
  bool refill_is_coming_ = false;
};

}  // namespace handwave
