// What a connection goes through over time, as curves: docs/figures/window_after_loss.tsv, tail_loss.tsv,
// slow_start.tsv.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/figures.hpp"
#include "tests/sim/recorder.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

PairOptions options_for(const char* impairments, CongestionAvoidance algorithm, bool sack = true) {
  PairOptions options{.impairments = impairments};
  options.connection.send_buffer = options.connection.receive_buffer = std::size_t{4} << 20;
  options.connection.congestion_avoidance = algorithm;
  options.config.selective_acknowledgment = sack;
  return options;
}

using Value = double (*)(const Sample&);

double kibibytes_of_window(const Sample& sample) { return sample.window / 1024.0; }
double kibibytes_delivered(const Sample& sample) { return static_cast<double>(sample.delivered) / 1024; }

/// Time and the two values, a row a step.
std::vector<std::vector<double>> side_by_side(const std::vector<Sample>& one, const std::vector<Sample>& other,
                                              Value value) {
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < one.size(); ++i) rows.push_back({one[i].seconds, value(one[i]), value(other[i])});
  return rows;
}

/// A flow that has filled the path when one segment is lost, three seconds after its beginning.
std::vector<Sample> after_one_loss(CongestionAvoidance algorithm) {
  Pair pair(1, options_for("delay=50ms,rate=20mbit,queue=200ms", algorithm));
  bool lost = false;
  pair.world().path(pair.client(), pair.server()).options.loses = [&](const test::TcpPacket&) {
    return pair.world().now() > World::beginning + 3s && !std::exchange(lost, true);
  };
  pair.listen({});
  return record(pair, pair.connect({.octets = std::uint64_t{1} << 40}), 20s, 100ms);
}

/// 100 KiB whose last two segments are lost the first time.
std::vector<Sample> after_tail_loss(bool sack) {
  constexpr std::uint64_t octets = 100 * 1024;
  Pair pair(1, options_for("delay=20ms,rate=20mbit", cubic, sack));
  Seq next;
  Seq tail;
  pair.world().path(pair.client(), pair.server()).options.loses = [&](const test::TcpPacket& segment) {
    if (segment.has(test::SYN)) {
      next = segment.end();
      tail = next + static_cast<std::uint32_t>(octets / 1448 - 1) * 1448;
    }
    if (segment.text.empty() || segment.seq != next) return false;
    next = segment.end();
    return tail < next;
  };
  pair.listen({});
  return record(pair, pair.connect({.octets = octets}), 1500ms, 10ms);
}

std::vector<Sample> first_slow_start(bool sack) {
  Pair pair(1, options_for("delay=20ms,rate=20mbit,queue=200ms", new_reno, sack));
  pair.listen({});
  return record(pair, pair.connect({.octets = std::uint64_t{1} << 40}), 2s, 10ms);
}

}  // namespace

TEST_CASE("sim: windows after one loss run as the curves on record", "[sim][congestion][figures]") {
  const auto reno = after_one_loss(new_reno);
  const auto by_time = after_one_loss(cubic);
  CHECK(curves_on_record("window_after_loss", {"s", "NewReno, cwnd in KiB", "CUBIC, cwnd in KiB"},
                         side_by_side(reno, by_time, kibibytes_of_window)) == "");
  CHECK(by_time.back().delivered * 100 >= reno.back().delivered * 95);
}

TEST_CASE("sim: a transfer whose tail is lost runs as the curves on record", "[sim][recovery][figures]") {
  const auto with = after_tail_loss(true);
  const auto without = after_tail_loss(false);
  CHECK(curves_on_record("tail_loss", {"s", "with a tail loss probe, KiB delivered", "without, KiB delivered"},
                         side_by_side(with, without, kibibytes_delivered)) == "");
}

TEST_CASE("sim: a first slow start runs as the curves on record", "[sim][congestion][figures]") {
  const auto hystart = first_slow_start(true);
  const auto plain = first_slow_start(false);
  CHECK(curves_on_record("slow_start", {"s", "with HyStart++, cwnd in KiB", "without, cwnd in KiB"},
                         side_by_side(hystart, plain, kibibytes_of_window)) == "");
}

}  // namespace handwave::sim
