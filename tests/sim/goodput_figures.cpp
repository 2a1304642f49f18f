// What one flow makes of a path, over loss, round trip and buffer: CUBIC (RFC 9438) beside NewReno (RFC 5681), each
// beside what theory has for it, and held against docs/figures/goodput.tsv.
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "tests/sim/bulk_flows.hpp"
#include "tests/sim/figures.hpp"
#include "tests/sim/response_function.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;
using enum CongestionAvoidance;

constexpr double rate = 20;  // Mbit/s

struct Row {
  double loss;  ///< percent
  int rtt;      ///< milliseconds
  int buffer;   ///< percent of what is on its way at full rate
};

constexpr Row rows[] = {
    {0, 20, 25},    {0, 20, 100},    {0, 100, 25},    {0, 100, 100},     //
    {0.01, 20, 25}, {0.01, 20, 100}, {0.01, 100, 25}, {0.01, 100, 100},  //
    {0.1, 20, 25},  {0.1, 20, 100},  {0.1, 100, 25},  {0.1, 100, 100},   //
    {1, 20, 25},    {1, 20, 100},    {1, 100, 25},    {1, 100, 100},
};

std::string text(double number) {
  std::string digits = std::to_string(number);
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits.ends_with('.') ? digits.substr(0, digits.size() - 1) : digits;
}

double measure(const Row& row, CongestionAvoidance algorithm) {
  const std::string impairments = "rate=20mbit,out.loss=" + text(row.loss) + "%,delay=" + text(row.rtt / 2.0) +
                                  "ms,queue=" + text(row.rtt * row.buffer / 100.0) + "ms";
  // The rarer the losses, the more worlds a mean needs; the more frequent, the longer a start in slow start is seen.
  if (row.loss == 0) return goodput({.impairments = impairments, .flows = {algorithm}, .time = 20s}, 1);
  if (row.loss < 0.1) return goodput({.impairments = impairments, .flows = {algorithm}, .time = 20s}, 2);
  return goodput({.impairments = impairments, .flows = {algorithm}, .time = row.loss < 1 ? 40s : 80s}, 1);
}

/// Mbit/s over 100 ms, of the second and third half minute of a flow that loses each thousandth segment.
double with_even_losses(CongestionAvoidance algorithm) {
  const auto octets = [&](Duration time) {
    int sent = 0;
    const auto prepare = [&](Path& path) {
      path.options.loses = [&](const test::TcpPacket& segment) { return !segment.text.empty() && ++sent % 1000 == 0; };
    };
    return goodput({"rate=100mbit,delay=50ms", {algorithm}, time, true, prepare}, 1) *
           std::chrono::duration<double>(time).count();
  };
  return (octets(90s) - octets(30s)) / 60;
}

}  // namespace

TEST_CASE("sim: a flow that loses at even distances has what theory gives it", "[sim][congestion][RFC9438][figures]") {
  const double reno = goodput_of(reno_window(0.001), 0.1, 100);
  const double by_time = goodput_of(cubic_window(0.001, 0.1), 0.1, 100);
  CHECK(std::abs(with_even_losses(new_reno) - reno) < 0.1 * reno);
  CHECK(std::abs(with_even_losses(cubic) - by_time) < 0.1 * by_time);
}

TEST_CASE("sim: what one flow makes of a path is what the figures say", "[sim][congestion][figures]") {
  Figures figures("goodput", {"loss %", "RTT ms", "buffer % of rate x RTT"},
                  {"NewReno, Mbit/s", "theory: Mathis", "CUBIC, Mbit/s", "theory: RFC 9438"});
  for (const Row& row : rows) {
    const double reno = measure(row, new_reno);
    const double by_time = measure(row, cubic);
    const double p = row.loss / 100;
    const double rtt = row.rtt / 1000.0;
    CHECK(figures.row({text(row.loss), text(row.rtt), text(row.buffer)},
                      {reno, goodput_of(reno_window(p), rtt, rate), by_time,
                       goodput_of(cubic_window(p, rtt), rtt, rate)}) == "");
    CAPTURE(row.loss, row.rtt, row.buffer, reno, by_time);
    CHECK(by_time >= reno * 0.95);  // a case where the more elaborate algorithm does worse is a defect
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
