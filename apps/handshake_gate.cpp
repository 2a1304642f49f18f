#include "apps/handshake_gate.hpp"

namespace handwave {

Task<std::optional<Duration>> HandshakeGate::enter() {
  if (places_.free() == 0 && places_.waiting() >= limits_.waiting) co_return std::nullopt;
  const Instant came = sockets_.now();
  (void)co_await places_.acquire();  // without a deadline it has no error
  co_return sockets_.now() - came;
}

Task<Duration> HandshakeGate::step() {
  if (!std::exchange(refill_is_coming_, true)) sockets_.start(refill());
  const Instant came = sockets_.now();
  (void)co_await steps_.acquire();
  co_return sockets_.now() - came;
}

/// At the next turn, whenever that is: the shortest sleep there is ends with it.
Task<void> HandshakeGate::refill() {
  co_await sockets_.sleep_for(Duration{1});
  refill_is_coming_ = steps_.waiting() > 0;
  if (refill_is_coming_) sockets_.start(refill());
  steps_.release(limits_.steps_a_turn - steps_.free());
}

}  // namespace handwave
