// The timers of many connections.
#include "stack/tcp/deadlines.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <vector>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;

TEST_CASE("No deadlines: nothing is next, nothing is due", "[deadlines]") {
  Deadlines deadlines;
  CHECK_FALSE(deadlines.next());
  CHECK_FALSE(deadlines.due(at(1h)));
  CHECK_FALSE(deadlines.pop_due(at(1h)));
  CHECK_FALSE(deadlines.at(3));
  deadlines.clear(3);
  CHECK(deadlines.size() == 0);
}

TEST_CASE("What is due comes out in the order of time", "[deadlines]") {
  Deadlines deadlines;
  deadlines.set(7, at(3s));
  deadlines.set(2, at(1s));
  deadlines.set(5, at(2s));
  CHECK(deadlines.next() == at(1s));
  CHECK_FALSE(deadlines.pop_due(at(999ms)));
  CHECK(deadlines.due(at(1s)) == 2);
  CHECK(deadlines.pop_due(at(10s)) == 2);
  CHECK_FALSE(deadlines.at(2));
  CHECK(deadlines.pop_due(at(10s)) == 5);
  CHECK(deadlines.pop_due(at(2s)) == std::nullopt);
  CHECK(deadlines.pop_due(at(3s)) == 7);
  CHECK(deadlines.size() == 0);
}

TEST_CASE("A deadline may be moved either way, or only forward", "[deadlines]") {
  Deadlines deadlines;
  deadlines.set(1, at(5s));
  deadlines.set(2, at(6s));
  deadlines.set(1, at(7s));
  CHECK(deadlines.next() == at(6s));
  deadlines.set_at_most(1, at(8s));
  CHECK(deadlines.at(1) == at(7s));
  deadlines.set_at_most(1, at(2s));
  CHECK(deadlines.next() == at(2s));
  deadlines.set_at_most(3, at(1s));
  CHECK(deadlines.due(at(1s)) == 3);
}

TEST_CASE("Any mix of settings and removals agrees with a sorted map", "[deadlines]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    Deadlines deadlines;
    std::map<std::uint32_t, Instant> model;
    std::multimap<Instant, std::uint32_t> in_order;
    const std::uint64_t ids = 1 + random.below(200);
    const auto forget = [&](std::uint32_t id) {
      if (!model.contains(id)) return;
      auto [from, to] = in_order.equal_range(model.at(id));
      for (auto entry = from; entry != to; ++entry)
        if (entry->second == id) {
          in_order.erase(entry);
          break;
        }
      model.erase(id);
    };
    const auto remember = [&](std::uint32_t id, Instant when) {
      forget(id);
      model.emplace(id, when);
      in_order.emplace(when, id);
    };
    for (int step = 0; step < 3000; ++step) {
      const auto id = static_cast<std::uint32_t>(random.below(ids));
      const Instant when = at(std::chrono::milliseconds{random.below(seed % 2 == 0 ? 20 : 100'000)});  // with ties
      switch (random.below(6)) {
        case 0:
        case 1:
          deadlines.set(id, when);
          remember(id, when);
          break;
        case 2:
          deadlines.set_at_most(id, when);
          if (!model.contains(id) || when < model.at(id)) remember(id, when);
          break;
        case 3:
          deadlines.clear(id);
          forget(id);
          break;
        default: {
          const std::optional<std::uint32_t> due = deadlines.due(when);
          const std::optional<std::uint32_t> popped = deadlines.pop_due(when);
          REQUIRE(due == popped);
          REQUIRE(popped.has_value() == (!in_order.empty() && in_order.begin()->first <= when));
          if (popped) {
            REQUIRE(model.at(*popped) == in_order.begin()->first);
            forget(*popped);
          }
        }
      }
      REQUIRE(deadlines.size() == model.size());
      REQUIRE(deadlines.next() == (in_order.empty() ? std::nullopt : std::optional{in_order.begin()->first}));
      REQUIRE(deadlines.at(id) == (model.contains(id) ? std::optional{model.at(id)} : std::nullopt));
    }
  }
}

TEST_CASE("A million timers, each put off, stopped or expired", "[deadlines]") {
  Random random{secret_from_seed(1)};
  Deadlines deadlines;
  constexpr std::uint32_t ids = 1'000'000;
  for (std::uint32_t id = 0; id < ids; ++id) deadlines.set(id, at(Duration{random.below(1'000'000'000)}));
  for (std::uint32_t id = 0; id < ids; id += 2) deadlines.set(id, at(Duration{random.below(1'000'000'000)}));
  for (std::uint32_t id = 0; id < ids; id += 4) deadlines.clear(id);
  CHECK(deadlines.memory() < 48u << 20);
  Instant last = at(0s);
  std::size_t expired = 0;
  bool in_order = true;
  while (const auto next = deadlines.next()) {
    in_order = in_order && *next >= last;
    last = *next;
    if (deadlines.pop_due(*next)) ++expired;
  }
  CHECK(in_order);
  CHECK(expired == ids - ids / 4);
}

}  // namespace
}  // namespace handwave::tcp
