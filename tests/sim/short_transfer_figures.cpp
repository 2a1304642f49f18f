// Short transfers whose last segments are lost: nothing comes behind them that could tell of it. With a tail loss probe
// (RFC 8985 §7) and without, against docs/figures/short_transfers.tsv.
#include <array>
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/figures.hpp"
#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mss = 1448;

/// Milliseconds until so many octets are there, over 100 Mbit/s and 40 ms, if the last `lost` segments are lost the
/// first time.
double milliseconds(std::uint64_t octets, std::uint64_t lost, bool sack) {
  PairOptions options{.impairments = "delay=20ms,rate=100mbit"};
  options.config.selective_acknowledgment = sack;
  Pair pair(1, options);
  const std::uint64_t segments = (octets + mss - 1) / mss;
  Seq next;  // behind the highest octet sent
  Seq tail;
  pair.world().path(pair.client(), pair.server()).options.loses = [&](const test::TcpPacket& segment) {
    if (segment.has(test::SYN)) {
      next = segment.end();
      tail = next + static_cast<std::uint32_t>((segments - lost) * mss);
    }
    if (segment.text.empty() || segment.seq != next) return false;
    next = segment.end();
    return tail < next;
  };
  pair.listen({});
  return 1000 * pair.seconds_to_deliver(octets);
}

}  // namespace

TEST_CASE("sim: the time of short transfers with tail loss is what the figures say", "[sim][recovery][figures]") {
  Figures figures("short_transfers", {"KiB", "segments lost at the tail"}, {"without SACK, ms", "RACK-TLP, ms"});
  for (const std::uint64_t kibibytes : std::array<std::uint64_t, 3>{10, 100, 1024}) {
    for (const std::uint64_t lost : std::array<std::uint64_t, 4>{0, 1, 2, 5}) {
      const double without = milliseconds(kibibytes * 1024, lost, false);
      const double with = milliseconds(kibibytes * 1024, lost, true);
      CHECK(figures.row({std::to_string(kibibytes), std::to_string(lost)}, {without, with}) == "");
      CAPTURE(kibibytes, lost, without, with);
      CHECK(with <= without * 1.05);  // a case where the more elaborate algorithm does worse is a defect
    }
  }
  CHECK(figures.finish() == "");
}

}  // namespace handwave::sim
