// Text that arrived ahead of its turn, and the SACK blocks it makes: SHLD-31, RFC 2018 §4.
#include "stack/tcp/reassembly.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <optional>
#include <string>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using test::random_octets;
using test::slice_with_waste;
using test::starts_near_wraps;

Slice text(std::string_view octets) { return Slice::copy_of(as_bytes(octets)); }

/// Everything from `next` on that is contiguous.
std::string take_run(Reassembly& held, Seq next) {
  std::string run;
  for (;;) {
    const Slice part = held.take(next + static_cast<std::uint32_t>(run.size()));
    if (part.empty()) return run;
    run += as_text(part.bytes());
  }
}

std::vector<wire::SackBlock> blocks_of(const Reassembly& held, std::size_t room = 4) {
  std::vector<wire::SackBlock> blocks(room);
  blocks.resize(held.sack_blocks(blocks));
  return blocks;
}

TEST_CASE("RFC 9293 §3.10.7.4: text beyond a hole waits until the hole is filled", "[reassembly][SHLD-31]") {
  for (const std::uint32_t start : starts_near_wraps) {
    CAPTURE(start);
    const Seq base{start};
    Reassembly held{1 << 20};
    CHECK(held.insert(base + 5, text("fghij")));
    CHECK(held.take(base).empty());
    CHECK(held.size() == 5);
    CHECK(held.insert(base, text("abcde")));
    CHECK(take_run(held, base) == "abcdefghij");
    CHECK(held.empty());
    CHECK(held.size() == 0);
    CHECK(held.memory() == 0);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4: a run is given from RCV.NXT on, even from its middle", "[reassembly][SHLD-31]") {
  Reassembly held{1 << 20};
  held.insert(Seq{10}, text("abcdefgh"));
  held.insert(Seq{30}, text("zzz"));
  CHECK(take_run(held, Seq{13}) == "defgh");
  CHECK(held.size() == 3);
  CHECK(held.take(Seq{40}).empty());  // all before that is of no use any more
  CHECK(held.empty());
}

TEST_CASE("RFC 9293 §3.10.7.4: the octets that came first stay where segments overlap", "[reassembly][SHLD-31]") {
  Reassembly held{1 << 20};
  held.insert(Seq{4}, text("EFG"));
  held.insert(Seq{10}, text("KL"));
  held.insert(Seq{1}, text("bcdefghijklmnop"));
  CHECK(take_run(held, Seq{1}) == "bcdEFGhijKLmnop");
}

TEST_CASE("RFC 2018 §4: the first block holds the segment that came last", "[reassembly][RFC2018][2018-4-f]") {
  Reassembly held{1 << 20};
  held.insert(Seq{100}, text("aaaaa"));
  held.insert(Seq{300}, text("ccccc"));
  held.insert(Seq{200}, text("bbbbb"));
  CHECK(blocks_of(held) ==
        std::vector<wire::SackBlock>{{Seq{200}, Seq{205}}, {Seq{300}, Seq{305}}, {Seq{100}, Seq{105}}});
  held.insert(Seq{105}, text("a"));
  CHECK(blocks_of(held) ==
        std::vector<wire::SackBlock>{{Seq{100}, Seq{106}}, {Seq{200}, Seq{205}}, {Seq{300}, Seq{305}}});
  held.insert(Seq{302}, text("x"));  // a duplicate triggers its block as well
  CHECK(blocks_of(held, 1) == std::vector<wire::SackBlock>{{Seq{300}, Seq{305}}});
  CHECK(blocks_of(held, 0).empty());
  CHECK(blocks_of(held, 2) == std::vector<wire::SackBlock>{{Seq{300}, Seq{305}}, {Seq{100}, Seq{106}}});
}

TEST_CASE("RFC 2018 §4: blocks that touch are one", "[reassembly][RFC2018][2018-4-h]") {
  Reassembly held{1 << 20};
  held.insert(Seq{0xfffffffe}, text("ab"));
  held.insert(Seq{2}, text("ef"));
  CHECK(blocks_of(held).size() == 2);
  held.insert(Seq{0}, text("cd"));
  CHECK(blocks_of(held) == std::vector<wire::SackBlock>{{Seq{0xfffffffe}, Seq{4}}});
}

TEST_CASE("RFC 2018 §4: with more ranges than room the latest are reported", "[reassembly][RFC2018][2018-4-h]") {
  Reassembly held{1 << 20};
  for (std::uint32_t i = 0; i < 10; ++i) held.insert(Seq{i * 10}, text("x"));
  CHECK(blocks_of(held) ==
        std::vector<wire::SackBlock>{{Seq{90}, Seq{91}}, {Seq{80}, Seq{81}}, {Seq{70}, Seq{71}}, {Seq{60}, Seq{61}}});
}

TEST_CASE("Out-of-order text is held up to the limit of octets, and not an octet more", "[reassembly]") {
  Reassembly held{10};
  CHECK(held.insert(Seq{100}, text("abcdef")));
  CHECK_FALSE(held.insert(Seq{200}, text("abcde")));
  CHECK(held.insert(Seq{200}, text("abcd")));
  CHECK_FALSE(held.insert(Seq{300}, text("x")));
  CHECK(held.insert(Seq{102}, text("cde")));  // nothing new: nothing to refuse
  CHECK(held.size() == 10);
  Reassembly none{0};
  CHECK_FALSE(none.insert(Seq{1}, text("x")));
  CHECK(none.empty());
}

TEST_CASE("Large text is held without a copy, and given back the same", "[reassembly]") {
  Reassembly held{1 << 20};
  const Slice segment = slice_with_waste(std::string(1448, 'x'), 52);
  held.insert(Seq{1000}, segment);
  CHECK(held.take(Seq{1000}).data() == segment.data());
}

TEST_CASE("Every other octet, without end, costs neither memory without end nor more than its ranges", "[reassembly]") {
  Reassembly held{1 << 20};
  std::size_t refused = 0;
  for (std::uint32_t i = 0; i < 200'000; ++i)
    if (!held.insert(Seq{0x7ffff000 + 2 * i}, slice_with_waste("x", 60))) ++refused;
  CHECK(refused == 200'000 - Reassembly::max_ranges);
  CHECK(held.memory() < 300'000);
  // One segment over all of it fills every hole at once.
  CHECK(held.insert(Seq{0x7ffff000}, text(std::string(2 * Reassembly::max_ranges, 'y'))));
  CHECK(blocks_of(held).size() == 1);
  CHECK(take_run(held, Seq{0x7ffff000}).size() == 2 * Reassembly::max_ranges);
}

TEST_CASE("Single octets from behind, without end, cost no memory without end", "[reassembly]") {
  Reassembly held{1 << 20};
  for (std::uint32_t i = 0; i < 200'000; ++i) held.insert(Seq{1'000'000 - i}, slice_with_waste("x", 1500));
  CHECK(held.size() == Reassembly::max_pieces);
  CHECK(held.memory() < 500'000);
}

TEST_CASE("Single octets between larger segments behind a hole cost little more than their octets", "[reassembly]") {
  Reassembly held{1 << 20};
  for (std::uint32_t at = 10; held.size() < 600'000; at += 301) {
    REQUIRE(held.insert(Seq{at}, slice_with_waste("x", 1500)));
    REQUIRE(held.insert(Seq{at + 1}, slice_with_waste(std::string(300, 'y'), 0)));
  }
  CHECK(held.memory() < 5 * held.size());
}

TEST_CASE("Single octets in a row behind a hole are kept close together", "[reassembly]") {
  Reassembly held{1 << 20};
  for (std::uint32_t i = 0; i < 200'000; ++i) REQUIRE(held.insert(Seq{10 + i}, slice_with_waste("x", 60)));
  CHECK(held.size() == 200'000);
  CHECK(held.memory() < 500'000);
}

TEST_CASE("What was taken makes room for other pieces", "[reassembly]") {
  Reassembly held{1 << 20};
  Seq next{0xffff0000};
  held.insert(next + 1'000'000, text("far away, for good"));
  for (std::size_t i = 0; i < 3 * Reassembly::max_pieces; ++i) {
    REQUIRE(held.insert(next, text("a")));
    REQUIRE(held.insert(next + 2, text("b")));
    REQUIRE(take_run(held, next) == "a");
    REQUIRE(take_run(held, next + 2) == "b");
    next += 3;
  }
}

TEST_CASE("A range that is joined from the left, octet by octet, keeps its order", "[reassembly]") {
  // A long range of many pieces to the right; left of it single octets, each joined to it by the octet between.
  Reassembly held{1 << 24};
  const Slice full = text(std::string(1000, 'x'));
  for (std::uint32_t i = 0; i < 2000; ++i) REQUIRE(held.insert(Seq{10'000'000 + i * 1000}, full));
  Seq left{10'000'000};
  std::size_t kept = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    kept += held.insert(left - 2, text("a"));
    kept += held.insert(left - 1, text("b"));
    left = left - 2;
  }
  CHECK(kept == 2000);
  const std::string run = take_run(held, left);
  CHECK(run.size() == 2'002'000);
  CHECK(run.starts_with("abababab"));
  CHECK(run.find('x') == 2000);
}

/// Out-of-order text as simply as it can be had: an octet by its distance from the first sequence number.
class Model {
 public:
  Model(Seq base, std::size_t limit) : base_(base), limit_(limit) {}

  bool insert(Seq seq, std::string_view octets) {
    const std::int64_t first = seq - base_;
    std::vector<std::pair<std::int64_t, char>> added;
    for (std::size_t i = 0; i < octets.size(); ++i) {
      const std::int64_t place = first + static_cast<std::int64_t>(i);
      if (!octets_.contains(place)) added.emplace_back(place, octets[i]);
    }
    if (octets_.size() + added.size() > limit_) return false;
    octets_.insert(added.begin(), added.end());
    return true;
  }
  std::string take_run(Seq next) {
    std::int64_t place = next - base_;
    octets_.erase(octets_.begin(), octets_.lower_bound(place));
    std::string run;
    for (; octets_.contains(place); ++place) {
      run += octets_.at(place);
      octets_.erase(place);
    }
    return run;
  }
  [[nodiscard]] std::size_t size() const { return octets_.size(); }
  /// All contiguous ranges, in order.
  [[nodiscard]] std::vector<wire::SackBlock> ranges() const {
    std::vector<wire::SackBlock> result;
    for (const auto& [place, octet] : octets_) {
      const Seq seq = base_ + static_cast<std::uint32_t>(place);
      if (result.empty() || result.back().right != seq) result.push_back({seq, seq});
      result.back().right += 1;
    }
    return result;
  }

 private:
  Seq base_;
  std::size_t limit_;
  std::map<std::int64_t, char> octets_;
};

void compare_with_model(std::uint64_t seed) {
  CAPTURE(seed);
  Random random{secret_from_seed(seed)};
  const Seq base{starts_near_wraps[seed % starts_near_wraps.size()]};
  const std::uint32_t window = seed % 3 == 0 ? 60 : 3000;
  const std::size_t limit = seed % 5 == 0 ? window / 2 : window * 2;
  const std::string stream = random_octets(random, 1'000'000);
  Reassembly held{limit};
  Model model{base, limit};
  Seq next = base;
  for (int step = 0; step < 300; ++step) {
    const auto offset = static_cast<std::uint32_t>(random.below(window));
    const std::size_t count = 1 + random.below(random.below(4) == 0 ? window / 2 : window / 20);
    const Seq seq = next + offset;
    // Hostile peers send other octets the second time.
    const auto place = static_cast<std::size_t>(seq - base);
    const std::string octets = random.below(3) == 0 ? random_octets(random, count) : stream.substr(place, count);
    const Slice segment = slice_with_waste(octets, random.below(2) == 0 ? 0 : random.below(3 * count));
    REQUIRE(held.insert(seq, segment) == model.insert(seq, octets));
    REQUIRE(held.size() == model.size());
    if (held.insert(seq, segment)) {  // a duplicate now, unless it was refused
      const wire::SackBlock first = blocks_of(held, 1).at(0);
      REQUIRE((first.left <= seq && seq + static_cast<std::uint32_t>(count) <= first.right));
    }
    const std::vector<wire::SackBlock> ranges = model.ranges();
    const std::vector<wire::SackBlock> blocks = blocks_of(held);
    REQUIRE(blocks.size() == std::min<std::size_t>(ranges.size(), 4));
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      REQUIRE(std::ranges::count(ranges, blocks[i]) == 1);
      REQUIRE(std::ranges::count(blocks, blocks[i]) == 1);
    }
    Reassembly drained = held;
    for (const wire::SackBlock& range : ranges)
      REQUIRE(take_run(drained, range.left).size() == static_cast<std::size_t>(range.right - range.left));
    REQUIRE(drained.empty());
    if (random.below(4) == 0) {
      if (random.below(2) == 0) next += static_cast<std::uint32_t>(random.below(window / 2));
      Reassembly copy = held;
      const std::string run = take_run(held, next);
      REQUIRE(run == model.take_run(next));
      REQUIRE(take_run(copy, next) == run);
      next += static_cast<std::uint32_t>(run.size());
    }
  }
  held.clear();
  REQUIRE(held.empty());
  REQUIRE(held.memory() == 0);
}

TEST_CASE("Any mix of segments agrees with a map of single octets", "[reassembly][SHLD-31][RFC2018][2018-8-b]") {
  for (std::uint64_t seed = 0; seed < 48; ++seed) compare_with_model(seed);
}

}  // namespace
}  // namespace handwave::tcp
