// Task and Scheduler: what runs when, and who owns it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "stack/sockets.hpp"
#include "tests/support/idle_sockets.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

Task<int> add(int a, int b) { co_return a + b; }
Task<std::string> fail(std::shared_ptr<int> held) {
  if (held) throw std::runtime_error("no");
  co_return "yes";
}
Task<int> depth(int levels) {
  if (levels == 0) co_return 0;
  const int below = co_await depth(levels - 1);
  co_return below + 1;
}

}  // namespace

TEST_CASE("A task runs when it is awaited, and hands over its value or its exception", "[sockets][task]") {
  test::IdleSockets idle;
  int sum = 0;
  std::string caught;
  const auto witness = std::make_shared<int>(0);
  const auto run = [](int& to, std::string& message, std::shared_ptr<int> held) -> Task<void> {
    to = co_await add(2, 3);
    try {
      const std::string text = co_await fail(held);
      message = text;
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
  };
  {
    const Task<void> never = run(sum, caught, witness);
    CHECK(sum == 0);  // lazy
  }
  CHECK(witness.use_count() == 1);
  idle.sockets->start(run(sum, caught, witness));
  CHECK(sum == 5);
  CHECK(caught == "no");
  CHECK(idle.sockets->tasks() == 0);
  CHECK(witness.use_count() == 1);
}

TEST_CASE("A deep chain of tasks returns through all its levels", "[sockets][task]") {
  test::IdleSockets idle;
  int levels = 0;
  const auto run = [](int& to) -> Task<void> { to = co_await depth(1000); };
  idle.sockets->start(run(levels));
  CHECK(levels == 1000);
}

TEST_CASE("Sleepers wake in the order of their deadlines, none early", "[sockets][scheduler]") {
  test::IdleSockets idle;
  const Instant origin = idle.now;
  std::vector<int> woken;
  const auto sleep = [](Sockets& sockets, Duration duration, std::vector<int>& order, int number) -> Task<void> {
    co_await sockets.sleep_for(duration);
    order.push_back(number);
  };
  Random random{secret_from_seed(7)};
  std::vector<Duration> durations;
  for (int i = 0; i < 2000; ++i) {
    durations.push_back(std::chrono::milliseconds{1 + random.below(500)});
    idle.sockets->start(sleep(*idle.sockets, durations.back(), woken, i));
  }
  CHECK(idle.sockets->tasks() == 2000);
  std::size_t seen = 0;
  for (Duration passed{}; passed <= 500ms; passed += 1ms) {
    idle.sockets->handle_timeout(origin + passed);
    for (; seen < woken.size(); ++seen) CHECK(durations[static_cast<std::size_t>(woken[seen])] == passed);
    if (seen < 2000) CHECK(idle.sockets->poll_timeout() > origin + passed);
  }
  CHECK(seen == 2000);
  CHECK_FALSE(idle.sockets->poll_timeout());
}

TEST_CASE("Sleepers that are destroyed leave the heap of deadlines in order", "[sockets][scheduler]") {
  // Waits made and destroyed at random, beside a plain list of what should be there.
  Scheduler scheduler{Instant{}};
  Random random{secret_from_seed(11)};
  struct Entry {
    Instant at;
    std::unique_ptr<Wait> wait;
  };
  std::vector<Entry> entries;
  for (int step = 0; step < 5000; ++step) {
    if (entries.empty() || random.below(5) < 3) {
      const Instant at{Duration{1 + static_cast<std::int64_t>(random.below(1000))}};
      entries.push_back({at, std::make_unique<Wait>(scheduler, nullptr, nullptr)});
      entries.back().wait->suspend(std::noop_coroutine(), at, nullptr);
    } else {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(random.below(entries.size())));
    }
    std::optional<Instant> earliest;
    for (const Entry& entry : entries)
      if (!earliest || entry.at < *earliest) earliest = entry.at;
    REQUIRE(scheduler.next() == earliest);
  }
}

TEST_CASE("What was made ready and is destroyed before its turn is not resumed", "[sockets][scheduler]") {
  Scheduler scheduler{Instant{}};
  auto first = std::make_unique<Wait>(scheduler, nullptr, nullptr);
  auto second = std::make_unique<Wait>(scheduler, nullptr, nullptr);
  auto third = std::make_unique<Wait>(scheduler, nullptr, nullptr);
  for (Wait* const wait : {first.get(), second.get(), third.get()}) {
    wait->suspend(std::noop_coroutine(), {}, nullptr);
    scheduler.wake(*wait);
  }
  CHECK(scheduler.next() == Instant{});
  second.reset();
  scheduler.run();
  CHECK_FALSE(scheduler.next());
}
