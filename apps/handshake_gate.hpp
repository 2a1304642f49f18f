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
  /// How long a client may keep us waiting, from the connection's first moment to the end of its handshake: a slow one
  /// is cut off then. What it waits for us, at the gate, does not count.
  Duration time = std::chrono::seconds{10};
  /// Each holds a session's buffers, 40 KiB. Who comes later waits with its ClientHello unparsed, in the order of
  /// coming.
  std::size_t at_once = 1024;
  /// So many may wait for that, and who comes then is turned away: of places that are all held by clients that say
  /// nothing, it would be four times `time` until the last one's turn, and people have gone by then.
  std::size_t waiting = 4096;
  /// Between two such turns, packets of all open connections are handled and timers run.
  std::size_t steps_a_turn = 2;
};

/// Outlives the handshakes.
class HandshakeGate {
 public:
  explicit HandshakeGate(Sockets& sockets, const HandshakeLimits& limits = {})
      : sockets_(sockets), limits_(limits), places_(sockets, limits.at_once), steps_(sockets, limits.steps_a_turn) {}

  [[nodiscard]] const HandshakeLimits& limits() const { return limits_; }

  /// Waits to be one of those at once; leave() afterwards. How long that took: by so much the client's time is put off.
  /// Nothing if too many wait already.
  Task<std::optional<Duration>> enter();
  void leave() { places_.release(); }
  /// Waits for this turn's or a later turn's permission for one step, behind at most all the others at once. How long
  /// that took.
  Task<Duration> step();

 private:
  Task<void> refill();

  Sockets& sockets_;
  HandshakeLimits limits_;
  Semaphore places_;
  Semaphore steps_;
  bool refill_is_coming_ = false;
};

}  // namespace handwave
