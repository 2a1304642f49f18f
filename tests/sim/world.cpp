#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tests/support/transcript.hpp"
#include "tun/deadline.hpp"

namespace handwave::sim {
namespace {

/// More turns than this without the clock moving: somebody's deadline stays in the past, or packets are born of
/// nothing.
constexpr unsigned max_turns_at_once = 100'000;

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

World::World(std::uint64_t seed)
    : seed_(seed), random_(secret_from_seed(seed)), ladder_(environment_number("HANDWAVE_SIM_LADDER", 120)) {}

Node& World::add(std::string name, const StackConfig& config, Duration clock_offset) {
  StackConfig own = config;
  const std::size_t number = nodes_.size() + 1;
  own.addresses = {*AddressPrefix::parse("192.0.2." + std::to_string(number) + "/24"),
                   *AddressPrefix::parse("2001:db8::" + std::to_string(number) + "/64")};
  const Secret secret = secret_from_seed(random_.next());
  nodes_.push_back(std::make_unique<Node>(*this, std::move(name), own, secret, clock_offset));
  return *nodes_.back();
}

void World::join(Node& a, Node& b, std::string_view impairments, bool super_segments) {
  const auto parsed = parse_impairments(impairments);
  if (!parsed) fail(parsed.error());
  const auto lay = [&](Node& from, Node& to, const Impairment& impairment) {
    const Secret secret = secret_from_seed(random_.next());
    PathOptions options;
    options.impairment = impairment;
    options.super_segments = super_segments;
    paths_.push_back(std::make_unique<Path>(from, to, options, secret));
  };
  lay(b, a, parsed->in);
  lay(a, b, parsed->out);
}

Path& World::path(const Node& from, const Node& to) {
  for (const auto& path : paths_)
    if (path->from == &from && path->to == &to) return *path;
  fail("there is no path from " + from.name() + " to " + to.name());
}

std::optional<Instant> World::next_instant() const {
  std::optional<Instant> next;
  for (const auto& node : nodes_) next = earlier(next, node->poll_timeout());
  for (const auto& path : paths_) next = earlier(next, path->next());
  if (!icmp_.empty()) next = earlier(next, icmp_.begin()->first);
  return next;
}

bool World::step() {
  const std::optional<Instant> next = next_instant();
  if (!next) return false;
  turns_at_once_ = *next > now_ ? 0 : turns_at_once_ + 1;
  if (turns_at_once_ > max_turns_at_once) fail("the time does not move on: a deadline stays in the past");
  now_ = std::max(now_, *next);
  deliver_what_is_due();
  settle();
  return true;
}

void World::settle() {
  for (const auto& node : nodes_)
    if (!node->vanished_) turn(*node);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_ + limit;
  settle();
  while (!done()) {
    const std::optional<Instant> next = next_instant();
    if (!next || *next > end) {
      now_ = end;
      return done();
    }
    step();
  }
  return true;
}

void World::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

void World::fail(const std::string& what) const {
  std::string text = what + "\nat " + test::seconds_text(now_.time_since_epoch()) + " s, seed " +
                     std::to_string(seed_) + " (HANDWAVE_SIM_SEED=" + std::to_string(seed_) + ")\n";
  for (const auto& node : nodes_) {
    text += node->name() + ":";
    for (const auto& [sockets, flow] : node->flows_) {
      if (node->flows_.size() > 8) break;
      text.append(" ").append(sockets.local.to_string()).append("-").append(sockets.remote.to_string());
      text.append(" ").append(tcp::to_string(node->stack_.state_of(sockets)));
    }
    text += '\n';
  }
  throw Violation(text + ladder_.to_string());
}

std::vector<std::uint64_t> seeds(std::size_t count, std::uint64_t first) {
  if (const std::uint64_t one = environment_number("HANDWAVE_SIM_SEED", 0); one != 0) return {one};
  count *= environment_number("HANDWAVE_SIM_SEEDS", 1);
  std::vector<std::uint64_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = first + i;
  return all;
}

}  // namespace handwave::sim
