// A host of the simulator: a stack, what runs on it, and its clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stack/stack.hpp"
#include "tests/sim/flow.hpp"
#include "tun/application.hpp"

namespace handwave::sim {

class World;

/// A stack and what runs on it. Its clock is the world's and an offset of its own.
class Node {
 public:
  Node(World& world, std::string name, const StackConfig& config, const Secret& secret, Duration clock_offset);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Stack& stack() { return stack_; }
  /// The time on its own clock.
  [[nodiscard]] Instant now() const;
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] IpAddress v4() const { return stack_.config().addresses[0].address; }
  [[nodiscard]] IpAddress v6() const { return stack_.config().addresses[1].address; }
  /// What takes the events; it lives with the node.
  template <class App, class... Arguments>
  App& run(Arguments&&... arguments) {
    auto app = std::make_unique<App>(std::forward<Arguments>(arguments)...);
    App& reference = *app;
    application_ = std::move(app);
    return reference;
  }
  /// From now on it neither sends nor receives: pulled out of the wall.
  void vanish() { vanished_ = true; }
  /// More to check after each turn.
  void check_with(std::function<void()> check) { check_ = std::move(check); }
  [[nodiscard]] const std::map<FourTuple, Flow>& flows() const { return flows_; }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return stack_.counters()[counter]; }

 private:
  friend World;

  /// When something is due on it, by the world's clock.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;
  bool pass_events();
  /// The flow between these sockets, which something happens to in this turn.
  Flow& touch(const FourTuple& sockets);

  World& world_;
  std::string name_;
  Stack stack_;
  Duration clock_offset_;
  std::unique_ptr<Application> application_;
  std::function<void()> check_;
  bool vanished_ = false;
  std::map<FourTuple, Flow> flows_;  ///< by the sockets as this node sees them
  std::vector<FourTuple> touched_;   ///< in this turn
};

}  // namespace handwave::sim
