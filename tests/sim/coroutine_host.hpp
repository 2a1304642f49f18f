// Coroutine applications on a node of the simulator.
#pragma once

#include "stack/sockets.hpp"
#include "tests/sim/world.hpp"

namespace handwave::sim {

class CoroutineHost final : public Application {
 public:
  explicit CoroutineHost(Node& node) : sockets(node.stack(), node.now()) {}

  void handle(Instant now, const Event& event) override { sockets.handle(now, event); }
  void handle_timeout(Instant now) override { sockets.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> poll_timeout() const override { return sockets.poll_timeout(); }
  void stop(Instant now) override {
    sockets.stop();
    sockets.handle_timeout(now);
  }

  Sockets sockets;
};

}  // namespace handwave::sim
