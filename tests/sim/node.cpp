#include "tests/sim/node.hpp"

#include <algorithm>

#include "tests/sim/world.hpp"
#include "tun/deadline.hpp"

namespace handwave::sim {

Node::Node(World& world, std::string name, const StackConfig& config, const Secret& secret, Duration clock_offset)
    : world_(world), name_(std::move(name)), stack_(config, secret), clock_offset_(clock_offset) {}

Instant Node::now() const { return world_.now() + clock_offset_; }

std::optional<Instant> Node::poll_timeout() const {
  if (vanished_) return std::nullopt;
  std::optional<Instant> next = stack_.poll_timeout();
  if (application_) next = earlier(next, application_->poll_timeout());
  if (next) *next -= clock_offset_;
  return next;
}

bool Node::pass_events() {
  bool any = false;
  while (const auto event = stack_.poll_event()) {
    if (application_) application_->handle(now(), *event);
    any = true;
  }
  return any;
}

Flow& Node::touch(const FourTuple& sockets) {
  Flow& flow = flows_[sockets];
  if (std::ranges::find(touched_, sockets) == touched_.end()) {
    flow.begin_turn();
    touched_.push_back(sockets);
  }
  return flow;
}

}  // namespace handwave::sim
