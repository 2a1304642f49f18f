// Ranges of octets with values: what scoreboards are made of.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "stack/tcp/recovery/ranges.hpp"
#include "tests/support/dice.hpp"

namespace handwave::tcp {
namespace {

using Pieces = std::vector<std::pair<std::int32_t, std::int32_t>>;

Pieces pieces(const Ranges<int>& ranges, Seq base) {
  Pieces all;
  ranges.each(base, base + 1000, [&](const auto& range) { all.emplace_back(range.begin - base, range.end - base); });
  return all;
}

}  // namespace

TEST_CASE("ranges: what touches and has the same value is one", "[ranges]") {
  const Seq base = GENERATE(Seq{1000}, Seq{0x7fff'fff0}, Seq{0xffff'fff0});
  Ranges<int> ranges;
  ranges.set(base, base + 10, 1);
  ranges.set(base + 20, base + 30, 1);
  CHECK(ranges.count() == 2);
  ranges.set(base + 10, base + 20, 1);
  CHECK(pieces(ranges, base) == Pieces{{0, 30}});
  ranges.set(base + 30, base + 40, 2);
  CHECK(pieces(ranges, base) == Pieces{{0, 30}, {30, 40}});
  CHECK(ranges.octets() == 40);
  ranges.set(base + 5, base + 35, 3);
  CHECK(pieces(ranges, base) == Pieces{{0, 5}, {5, 35}, {35, 40}});
  ranges.erase(base + 10, base + 20);
  CHECK(pieces(ranges, base) == Pieces{{0, 5}, {5, 10}, {20, 35}, {35, 40}});
  CHECK(ranges.covers(base + 20));
  CHECK_FALSE(ranges.covers(base + 19));
}

TEST_CASE("ranges: what overlaps a range or lies beside it touches it", "[ranges]") {
  const Seq base{0xffff'fff0};
  Ranges<int> ranges;
  ranges.set(base + 10, base + 20, 1);
  ranges.set(base + 30, base + 40, 2);
  CHECK(ranges.touches(base + 5, base + 10));
  CHECK(ranges.touches(base + 12, base + 15));
  CHECK(ranges.touches(base + 20, base + 21));
  CHECK(ranges.touches(base + 5, base + 50));
  CHECK_FALSE(ranges.touches(base + 5, base + 9));
  CHECK_FALSE(ranges.touches(base + 21, base + 29));
  CHECK_FALSE(ranges.touches(base + 41, base + 50));
}

TEST_CASE("ranges: a search ends with the first part that is found", "[ranges]") {
  const Seq base{0xffff'fff0};
  Ranges<int> ranges;
  for (std::uint32_t n = 0; n < 100; ++n) ranges.set(base + 10 * n, base + 10 * n + 5, static_cast<int>(n));
  int looked_at = 0;
  const auto is = [&](int wanted) {
    return [&looked_at, wanted](const auto& range) { return ++looked_at, range.value == wanted; };
  };
  CHECK(ranges.any(base, base + 1000, is(2)));
  CHECK(looked_at == 3);
  CHECK_FALSE(ranges.any(base + 5, base + 20, is(2)));
  CHECK(looked_at == 4);
}

TEST_CASE("ranges: a gap is what no range has", "[ranges]") {
  const Seq base{0xffff'fff0};
  Ranges<int> ranges;
  ranges.set(base + 10, base + 20, 1);
  ranges.set(base + 20, base + 30, 2);
  Pieces gaps;
  const auto note = [&](Seq from, Seq to) { gaps.emplace_back(from - base, to - base); };
  ranges.each_gap(base, base + 40, note);
  CHECK(gaps == Pieces{{0, 10}, {30, 40}});
  gaps.clear();
  ranges.each_gap(base + 15, base + 25, note);
  CHECK(gaps.empty());
}

TEST_CASE("ranges: thrown at random they agree with an array of octets", "[ranges]") {
  test::Dice dice{42};
  for (int round = 0; round < 50; ++round) {
    const Seq base{dice.any<std::uint32_t>()};
    std::vector<int> octets(120, 0);
    Ranges<int> ranges;
    for (int step = 0; step < 60; ++step) {
      const auto from = static_cast<std::uint32_t>(dice.between(0, octets.size() - 1));
      const auto to = from + static_cast<std::uint32_t>(dice.between(0, octets.size() - from));
      const int value = static_cast<int>(dice.between(0, 3));
      if (value == 0)
        ranges.erase(base + from, base + to);
      else
        ranges.set(base + from, base + to, value);
      for (std::size_t i = from; i < to; ++i) octets[i] = value;
      std::vector<int> seen(octets.size(), 0);
      std::uint32_t count = 0;
      std::size_t runs = 0;
      ranges.each(base, base + 120, [&](const auto& range) {
        ++runs;
        for (std::int32_t i = range.begin - base; i < range.end - base; ++i, ++count)
          seen[static_cast<std::size_t>(i)] = range.value;
      });
      REQUIRE(seen == octets);
      REQUIRE(ranges.octets() == count);
      REQUIRE(ranges.count() == runs);
      std::size_t different = 0;  // runs of equal values, counted in the array
      for (std::size_t i = 0; i < octets.size(); ++i)
        if (octets[i] != 0 && (i == 0 || octets[i] != octets[i - 1])) ++different;
      REQUIRE(runs == different);
    }
  }
}

}  // namespace handwave::tcp
