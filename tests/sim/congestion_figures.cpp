// What congestion control makes of a bottleneck: CUBIC (RFC 9438) with HyStart++ (RFC 9406) beside NewReno (RFC 5681),
// against the figures on record. HANDWAVE_SIM_FIGURES=1 prints what was measured as rows to be put here.
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/figures.hpp"
#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

/// More than any path here holds, so that the network alone limits a flow.
constexpr ConnectionOptions roomy{.send_buffer = std::size_t{16} << 20, .receive_buffer = std::size_t{16} << 20};

PairOptions through(std::string_view impairments) {
  PairOptions options{.impairments = std::string{impairments}, .connection = roomy};
  options.config.max_out_of_order = std::size_t{16} << 20;
  return options;
}

/// Octets that each of several flows, which begin together and never end, has brought to its receiver after a time.
std::vector<double> shares(std::string_view impairments, const std::vector<CongestionAvoidance>& flows, Duration time,
                           std::uint64_t seed) {
  Pair pair(seed, through(impairments));
  pair.listen({});
  std::vector<std::size_t> numbers;
  for (const CongestionAvoidance algorithm : flows) {
    OpenOptions open{.connection = roomy};
    open.connection.congestion_avoidance = algorithm;
    numbers.push_back(pair.near().connect(pair.server_endpoint(), {.octets = std::uint64_t{1} << 40}, open));
    pair.world().run_for(10ms);
  }
  pair.world().run_for(time);
  std::vector<double> octets;
  for (const std::size_t number : numbers)
    octets.push_back(static_cast<double>(pair.far_outcome(pair.near().outcome(number)).received));
  return octets;
}

/// In Mbit/s, of one flow for twenty seconds. Where dice are thrown: the mean of several worlds.
double goodput(std::string_view impairments, CongestionAvoidance algorithm) {
  const std::uint64_t worlds = impairments.contains("loss") ? 4 : 1;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) sum += shares(impairments, {algorithm}, 20s, seed).front();
  return sum * 8 / 20e6 / static_cast<double>(worlds);
}

/// Jain's index: 1 if all get the same, 1/n if one gets it all.
double fairness(const std::vector<double>& shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return sum * sum / (static_cast<double>(shares.size()) * squares);
}

/// Queues hold 100 ms of their rate.
struct OneFlow {
  const char* impairments;
  double new_reno;  ///< Mbit/s
  double cubic;
};

constexpr OneFlow one_flow[] = {
    {"delay=5ms,rate=10mbit", 9.65, 9.65},
    {"delay=50ms,rate=10mbit", 9.47, 9.48},
    {"delay=50ms,rate=50mbit", 46.83, 46.83},
    {"delay=50ms,rate=50mbit,out.loss=0.01%", 29.59, 41.24},
    {"delay=50ms,rate=50mbit,out.loss=0.1%", 7.50, 9.19},
};

struct Together {
  std::vector<CongestionAvoidance> flows;
  const char* name;
  double fairness;     ///< Jain's index
  double utilization;  ///< of the bottleneck's 20 Mbit/s
};

const Together together[] = {
    {{cubic, cubic}, "{cubic, cubic}", 0.977, 0.963},
    {{cubic, cubic, cubic, cubic}, "{cubic, cubic, cubic, cubic}", 0.995, 0.964},
    {{new_reno, new_reno}, "{new_reno, new_reno}", 0.972, 0.963},
    {{cubic, new_reno}, "{cubic, new_reno}", 0.954, 0.963},
};

}  // namespace

TEST_CASE("sim: what one flow makes of a bottleneck is what the figures say", "[sim][congestion][figures]") {
  for (const OneFlow& row : one_flow) {
    const double reno = goodput(row.impairments, new_reno);
    const double by_time = goodput(row.impairments, cubic);
    if (figures_wanted()) std::printf("    {\"%s\", %.2f, %.2f},\n", row.impairments, reno, by_time);
    CAPTURE(row.impairments, reno, by_time);
    CHECK(is_on_record(reno, row.new_reno));
    CHECK(is_on_record(by_time, row.cubic));
    CHECK(by_time >= reno * 0.95);  // a case where the more elaborate algorithm does worse is a defect
  }
}

TEST_CASE("sim: how flows share a bottleneck is what the figures say", "[sim][congestion][figures]") {
  for (const Together& row : together) {
    const auto octets = shares("delay=20ms,rate=20mbit", row.flows, 40s, 1);
    double sum = 0;
    for (const double share : octets) sum += share;
    const double utilization = sum * 8 / 40 / 20e6;
    if (figures_wanted())
      std::printf("    {%s, \"%s\", %.3f, %.3f},\n", row.name, row.name, fairness(octets), utilization);
    CAPTURE(row.name, fairness(octets), utilization);
    CHECK(is_on_record(fairness(octets), row.fairness));
    CHECK(is_on_record(utilization, row.utilization));
  }
}

}  // namespace handwave::sim
