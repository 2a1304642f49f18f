// Two hosts and one network between them.
#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// Numbers the SYNs of a pair's first connection had, if its clocks ran like the world's.
struct FirstNumbers {
  Seq client;
  Seq server;
};

FirstNumbers first_numbers(std::uint64_t seed, PairOptions options) {
  options.client_isn.reset();
  options.server_isn.reset();
  options.impairments = "delay=0ms";
  FirstNumbers numbers;
  Pair pair(seed, options);
  pair.world().observe([&](Node& node, const test::TcpPacket& packet) {
    if (packet.has(test::SYN)) (&node == &pair.client() ? numbers.client : numbers.server) = packet.seq;
  });
  pair.listen({});
  pair.connect({});
  pair.world().run_for(10ms);
  return numbers;
}

/// RFC 9293 §3.4.1: initial sequence numbers follow a clock that ticks every 4 microseconds.
Duration offset_for(Seq wanted, Seq without) { return 4us * (wanted.value() - without.value()); }

Duration client_offset(std::uint64_t seed, const PairOptions& options) {
  return options.client_isn ? offset_for(*options.client_isn, first_numbers(seed, options).client) : Duration{};
}

Duration server_offset(std::uint64_t seed, const PairOptions& options) {
  if (!options.server_isn) return Duration{};
  const auto impairments = parse_impairments(options.impairments);
  const Duration syn_travels = impairments ? impairments->out.delay : Duration{};
  return offset_for(*options.server_isn, first_numbers(seed, options).server) - syn_travels;
}

}  // namespace

Pair::Pair(std::uint64_t seed, const PairOptions& options)
    : world_(seed),
      options_(options),
      client_(world_.add("client", options.config, client_offset(seed, options))),
      server_(world_.add("server", options.config, server_offset(seed, options))),
      near_(client_.run<Talkers>(client_)),
      far_(server_.run<Talkers>(server_)) {
  world_.join(client_, server_, options.impairments, options.super_segments);
}

Endpoint Pair::server_endpoint() const {
  return {options_.family == IpAddress::Family::v4 ? server_.v4() : server_.v6(), server_port};
}

void Pair::listen(const Plan& plan, std::size_t backlog) {
  far_.listen(server_endpoint(), plan, {.backlog = backlog, .connection = options_.connection});
}

std::size_t Pair::connect(const Plan& plan) {
  OpenOptions open;
  open.connection = options_.connection;
  if (std::exchange(first_, false)) open.local_port = client_port;
  return near_.connect(server_endpoint(), plan, open);
}

Outcome Pair::far_outcome(const Outcome& near_outcome) const {
  const Outcome* outcome = far_.find(near_outcome.sockets.reversed());
  if (outcome != nullptr) return *outcome;
  Outcome none;
  none.sockets = near_outcome.sockets.reversed();
  return none;
}

double Pair::seconds_to_deliver(std::uint64_t octets) {
  const Instant begin = world_.now();
  const std::size_t number = connect({.octets = octets});
  const auto arrived = [&] { return far_outcome(near_.outcome(number)).received == octets; };
  if (!world_.run_until(arrived, 1h)) world_.fail("the octets have not arrived in an hour");
  return std::chrono::duration<double>(world_.now() - begin).count();
}

void Pair::finish(Duration limit) {
  const auto still = [&] { return near_.alive() == 0 && far_.alive() == 0; };
  if (!world_.run_until(still, limit)) world_.fail("after all that time there are still connections");
  // What is still on its way, and 2 MSL.
  world_.run_for(client_.stack().config().msl * 2 + 1min);
  for (Node* node : {&client_, &server_}) {
    const Population population = node->stack().population();
    if (population.connections + population.half_open + population.time_wait != 0)
      world_.fail(node->name() + " still remembers connections");
  }
}

std::pair<Outcome, Outcome> Pair::converse(const Plan& client, const Plan& server, Duration limit) {
  listen(server);
  const std::size_t number = connect(client);
  finish(limit);
  const Outcome near = near_.outcome(number);
  const Outcome far = far_outcome(near);
  check_streams(world_, near, far);
  const auto begins_at = [](const Node& node, const Outcome& outcome, std::optional<Seq> chosen) {
    const auto flow = node.flows().find(outcome.sockets);
    // Later by a few SYNs that were lost.
    return !chosen || (flow != node.flows().end() && in_window(flow->second.iss, *chosen, 2'000'000));
  };
  if (!begins_at(client_, near, options_.client_isn) || !begins_at(server_, far, options_.server_isn))
    world_.fail("the sequence numbers do not begin where they were to");
  return {near, far};
}

}  // namespace handwave::sim
