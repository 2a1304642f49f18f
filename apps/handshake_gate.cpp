#include "apps/handshake_gate.hpp"

namespace handwave {

Task<Stack::Result<void>> HandshakeGate::step(Instant deadline) {
  if (!std::exchange(refill_is_coming_, true)) sockets_.start(refill());
  co_return co_await steps_.acquire(deadline);
}

/// At the next turn, whenever that is: the shortest sleep there is ends with it.
Task<void> HandshakeGate::refill() {
  co_await sockets_.sleep_for(Duration{1});
  refill_is_coming_ = steps_.has_waiters();
  if (refill_is_coming_) sockets_.start(refill());
  steps_.release(limits_.steps_a_turn - steps_.free());
}

}  // namespace handwave
