// The search for the path's MTU alone: RFC 4821 §7.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "stack/tcp/path_mtu_search.hpp"
#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
constexpr Duration headway = 1s;

/// A connection of which everything is acknowledged at once but a probe that is too big, which is lost alone.
struct Searching {
  PathMtuSearch search;
  std::uint16_t path_mtu;
  std::uint16_t largest = 1500;
  Instant now = start;
  Seq una = Seq{0xffff'f000};
  std::vector<std::uint16_t> probed{};

  /// Sends the next probe if there is one, and says what became of it; false if there is none.
  bool probes() {
    const auto size = search.next_size(now, largest);
    if (!size) return false;
    probed.push_back(*size);
    const Seq end = una + *size;
    search.sent({una, end}, *size);
    una = end + 3000;
    now += 10ms;
    if (*size > path_mtu) {
      search.lost_alone(una + 5000);
      CHECK_FALSE(search.acknowledged(now, end, una + 5000, headway));
      CHECK_FALSE(search.next_size(now + 1min, largest));  // what came of it is not known yet
      una += 5000;
      CHECK(search.acknowledged(now, una, una, headway));
    } else {
      search.acknowledged(now, una, una, headway);
    }
    return true;
  }
  /// Until the search ends, patiently.
  void probes_until_it_ends() {
    for (int idle = 0; idle < 20;) idle = probes() ? 0 : (now += headway, idle + 1);
  }
};

}  // namespace

TEST_CASE("RFC 4821 §7.3: the largest size is tried first, and ends the search of a path that was only down",
          "[plpmtud][RFC4821][4821-7.2-a][4821-7.6.1]") {
  Searching it{PathMtuSearch{1024}, 1500};
  CHECK(it.probes());
  CHECK(it.probed == std::vector<std::uint16_t>{1500});
  CHECK(it.search.low() == 1500);
  CHECK_FALSE(it.search.over(1500));  // on trial
  it.search.acknowledged(it.now, it.una + 200'000, it.una + 200'000, headway);
  CHECK(it.search.over(1500));
}

TEST_CASE("RFC 4821 §7.3: where that fails the search climbs by the sizes of links and tunnels, and fails once more",
          "[plpmtud][RFC4821][4821-7.1-b][4821-7.3-a][4821-7.6.2-b]") {
  Searching it{PathMtuSearch{1024}, 1450};
  it.probes_until_it_ends();
  CHECK(it.probed == std::vector<std::uint16_t>{1500, 1280, 1360, 1400, 1420, 1440, 1450, 1460});
  CHECK(it.search.low() == 1450);
}

TEST_CASE("RFC 4821 §7.1: every probe is larger than search_low, and no larger than search_high, on any path",
          "[plpmtud][RFC4821][4821-7.1-b][4821-7.3-a]") {
  const auto path_mtu = static_cast<std::uint16_t>(GENERATE(range(552, 9100, 37)));
  const auto largest = static_cast<std::uint16_t>(GENERATE(1280, 1500, 9000, 65535));
  Searching it{PathMtuSearch{552}, path_mtu, largest};
  it.probes_until_it_ends();
  std::uint16_t low = 552;
  unsigned high = largest;
  for (const std::uint16_t size : it.probed) {
    CHECK(size > low);
    CHECK(size <= high);
    size <= path_mtu ? low = size : high = size - 1U;
  }
  CHECK(it.search.low() == low);
  CHECK(low <= std::max<std::uint16_t>(path_mtu, 552));
  CHECK(it.probed.size() <= 20);
}

TEST_CASE("RFC 4821 §7.3: ten minutes after it ended the search begins anew", "[plpmtud][RFC4821][4821-7.3-b]") {
  Searching it{PathMtuSearch{1024}, 1400};
  it.probes_until_it_ends();
  CHECK(it.search.low() == 1400);
  const Instant ended = it.now;
  it.probed.clear();
  it.path_mtu = 1500;
  it.now = ended + 9min;
  CHECK_FALSE(it.probes());
  it.now = ended + 10min;
  CHECK(it.probes());
  CHECK(it.search.low() == 1500);
}

TEST_CASE("RFC 4821 §7.3: what a router has said is tried again after ten minutes", "[plpmtud][RFC4821][4821-7.3-b]") {
  Searching it{PathMtuSearch{start, 1300}, 1500};
  it.now = start + 10min - 1ns;
  CHECK_FALSE(it.probes());
  it.now = start + 10min;
  CHECK(it.probes());
  CHECK(it.search.low() == 1500);
}

TEST_CASE("RFC 4821 §7.6.2: after a probe that failed there is none before the headway has passed",
          "[plpmtud][RFC4821][4821-4-b][4821-7.6.2-c]") {
  Searching it{PathMtuSearch{1024}, 1400};
  CHECK(it.probes());
  const Instant failed = it.now;
  it.now = failed + headway - 1ns;
  CHECK_FALSE(it.probes());
  it.now = failed + headway;
  CHECK(it.probes());
  CHECK(it.probes());  // what succeeds costs nothing, and is followed at once
}

TEST_CASE("RFC 4821 §7.6.4: a probe that is lost among others has shown nothing", "[plpmtud][RFC4821][4821-7.6.4]") {
  const Seq iss{GENERATE(from_range(test::starts_near_wraps))};
  PathMtuSearch search{1024};
  const bool at_once = GENERATE(true, false);
  search.sent({iss, iss + 1460}, *search.next_size(start, 1500));
  CHECK_FALSE(search.next_size(start, 1500));
  if (!at_once) search.lost_alone(iss + 9000);  // so it seemed
  search.other_loss();
  CHECK_FALSE(search.acknowledged(start + 1s, iss + 9000, iss + 9000, headway));
  CHECK(search.low() == 1024);
  CHECK(search.next_size(start + 1s, 1500) == 1500);
}

TEST_CASE("RFC 4821 §7.6.3: a probe whose loss was found by a timeout is followed after five headways",
          "[plpmtud][RFC4821][4821-7.6.3]") {
  const Seq iss{GENERATE(from_range(test::starts_near_wraps))};
  PathMtuSearch search{1024};
  search.sent({iss, iss + 1460}, *search.next_size(start, 1500));
  CHECK(search.timed_out(start, iss, headway));
  CHECK_FALSE(search.next_size(start + 5 * headway - 1ns, 1500));
  CHECK(search.next_size(start + 5 * headway, 1500) == 1280);
}

TEST_CASE("RFC 4821 §7.6.4: a timeout of what was sent before the probe says nothing about it",
          "[plpmtud][RFC4821][4821-7.6.4]") {
  PathMtuSearch search{1024};
  const Seq una{5000};
  search.sent({una + 1000, una + 2460}, *search.next_size(start, 1500));
  CHECK_FALSE(search.timed_out(start, una, headway));
  CHECK(search.next_size(start, 1500) == 1500);
}

TEST_CASE("RFC 4821 §7.6.2: a router that says what fits spares the search", "[plpmtud][RFC4821][4821-7.6.2-e]") {
  PathMtuSearch search{1024};
  const Seq una{5000};
  CHECK_FALSE(search.too_big(1400));  // nobody asked
  search.sent({una, una + 1460}, *search.next_size(start, 1500));
  CHECK_FALSE(search.too_big(1500));
  CHECK_FALSE(search.too_big(1000));
  CHECK(search.too_big(1410));
  CHECK(search.next_size(start, 1500) == 1410);
  search.sent({una, una + 1370}, 1410);
  search.acknowledged(start, una + 1370, una + 5000, headway);
  CHECK(search.low() == 1410);
  CHECK_FALSE(search.next_size(start + 1min, 1500));
}

TEST_CASE("RFC 4821 §7.8: a size that has come through once is given up again if two timeouts follow soon",
          "[plpmtud][RFC4821][4821-7.8-a][4821-7.8-b]") {
  Searching it{PathMtuSearch{1024}, 1500};
  it.probes();
  CHECK(it.search.low() == 1500);
  const bool stood = GENERATE(true, false);
  if (stood) it.search.acknowledged(it.now, it.una + 150'000, it.una + 150'000, headway);
  it.search.timed_out(it.now, it.una, headway);
  CHECK(it.search.low() == 1500);
  it.search.timed_out(it.now, it.una, headway);
  CHECK(it.search.low() == (stood ? 1500 : 1024));
  if (stood) return;
  CHECK_FALSE(it.search.next_size(it.now + 5 * headway - 1ns, 1500));
  CHECK(it.search.next_size(it.now + 5 * headway, 1500) == 1280);
}

}  // namespace handwave::tcp
