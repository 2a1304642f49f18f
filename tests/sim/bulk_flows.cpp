#include "tests/sim/bulk_flows.hpp"

#include <numeric>

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

}  // namespace

BulkResult run(const BulkFlows& bulk, std::uint64_t seed) {
  PairOptions options{.impairments = bulk.impairments};
  options.connection.send_buffer = std::size_t{16} << 20;
  options.connection.receive_buffer = bulk.receive_buffer;
  options.connection.pacing = bulk.pacing;
  options.connection.ecn = bulk.ecn;
  options.config.selective_acknowledgment = bulk.sack;
  Pair pair(seed, options);
  if (bulk.prepare) bulk.prepare(pair.world().path(pair.client(), pair.server()));
  pair.listen({});
  for (const CongestionAvoidance algorithm : bulk.flows) {
    OpenOptions open{.connection = options.connection};
    open.connection.congestion_avoidance = algorithm;
    pair.near().connect(pair.server_endpoint(), {.octets = std::uint64_t{1} << 40}, open);
    pair.world().run_for(10ms);
  }
  pair.world().run_for(bulk.time);
  BulkResult result;
  const double seconds = std::chrono::duration<double>(bulk.time).count();
  for (std::size_t i = 0; i < bulk.flows.size(); ++i) {
    const auto octets = static_cast<double>(pair.far_outcome(pair.near().outcome(i)).received);
    result.goodput.push_back(octets * 8 / 1e6 / seconds);
  }
  const Path& way = pair.world().path(pair.client(), pair.server());
  const PathCounters& there = way.counters();
  result.early = way.routers().early;
  const PathCounters& back = pair.world().path(pair.server(), pair.client()).counters();
  result.lost = there.lost + there.queue_full + back.lost + back.queue_full;
  result.needless = pair.server().count(Counter::tcp_unacceptable);
  return result;
}

double goodput(const BulkFlows& bulk, std::uint64_t worlds) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) sum += run(bulk, seed).goodput.front();
  return sum / static_cast<double>(worlds);
}

double jains_index(const std::vector<double>& shares) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  const double squares = std::inner_product(shares.begin(), shares.end(), shares.begin(), 0.0);
  return sum * sum / (static_cast<double>(shares.size()) * squares);
}

}  // namespace handwave::sim
