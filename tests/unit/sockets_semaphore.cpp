// Semaphore: who waits, in what order, and what becomes of a place whose holder-to-be is gone.
#include "stack/sockets/semaphore.hpp"

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/idle_sockets.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

struct Fixture : test::IdleSockets {
  Semaphore semaphore{*sockets, 2};
  std::string seen;

  Task<void> take(char name, std::optional<Instant> deadline = {}) {
    const auto taken = co_await semaphore.acquire(deadline);
    seen += taken ? name : '!';
  }
};

}  // namespace

TEST_CASE("A semaphore lets so many in, and the others in the order in which they came", "[sockets][semaphore]") {
  Fixture f;
  for (const char name : {'a', 'b', 'c', 'd', 'e'}) f.sockets->start(f.take(name));
  CHECK(f.seen == "ab");
  CHECK(f.semaphore.waiting() == 3);
  f.semaphore.release();
  CHECK(f.seen == "ab");  // a release resumes nobody by itself: the scheduler does
  f.pass(0s);
  CHECK(f.seen == "abc");
  f.semaphore.release(3);
  f.pass(0s);
  CHECK(f.seen == "abcde");
  CHECK(f.semaphore.free() == 1);
  CHECK(f.semaphore.waiting() == 0);
}

TEST_CASE("Tasks can be ended where they wait, as long as what they wait for is there", "[sockets][semaphore]") {
  Fixture f;
  for (const char name : {'a', 'b', 'c', 'd'}) f.sockets->start(f.take(name));
  CHECK(f.sockets->tasks() == 2);
  f.semaphore.release();  // for c, which does not live to use it
  f.sockets->end_tasks();
  CHECK(f.sockets->tasks() == 0);
  CHECK(f.semaphore.waiting() == 0);
  CHECK(f.semaphore.free() == 1);
  CHECK(f.seen == "ab");
}

TEST_CASE("Who waits for a place until its deadline gives up then, and holds nobody up", "[sockets][semaphore]") {
  Fixture f;
  for (const char name : {'a', 'b'}) f.sockets->start(f.take(name));
  f.sockets->start(f.take('c', f.now + 1s));
  f.sockets->start(f.take('d', f.now + 3s));
  f.pass(2s);
  CHECK(f.seen == "ab!");
  f.semaphore.release();
  f.pass(0s);
  CHECK(f.seen == "ab!d");
  CHECK(f.semaphore.free() == 0);
}

TEST_CASE("A place granted in the very turn of the deadline is taken", "[sockets][semaphore]") {
  Fixture f;
  for (const char name : {'a', 'b'}) f.sockets->start(f.take(name));
  f.sockets->start(f.take('c', f.now + 1s));
  f.semaphore.release();
  f.pass(1s);
  CHECK(f.seen == "abc");
  CHECK(f.semaphore.free() == 0);
}

TEST_CASE("A waiter that is destroyed leaves the queue, and gives back what it was granted", "[sockets][semaphore]") {
  Fixture f;
  for (const char name : {'a', 'b', 'c'}) f.sockets->start(f.take(name));
  SECTION("while it waits") {}
  SECTION("when it was granted a place that it did not live to use") { f.semaphore.release(); }
  const std::size_t before = f.semaphore.free() + 1 - f.semaphore.waiting();
  f.sockets.reset();
  CHECK(f.semaphore.waiting() == 0);
  CHECK(f.semaphore.free() == before);
  CHECK(f.seen == "ab");
}
