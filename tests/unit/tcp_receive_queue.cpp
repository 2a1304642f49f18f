// Text in order that waits for RECEIVE; and the ring that the queues are made of.
#include "stack/tcp/receive_queue.hpp"

#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <memory>
#include <string>

#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using test::random_octets;
using test::slice_with_waste;

std::string take_all(ReceiveQueue& queue) {
  std::string text;
  while (!queue.empty()) text += as_text(queue.take(SIZE_MAX).bytes());
  return text;
}

TEST_CASE("An empty receive queue gives an empty slice and allocates nothing", "[receive_queue]") {
  ReceiveQueue queue;
  CHECK(queue.empty());
  CHECK(queue.take(10).empty());
  queue.push({});
  CHECK(queue.empty());
  CHECK(queue.memory() == 0);
}

TEST_CASE("Text that fills its block is passed on without a copy", "[receive_queue]") {
  ReceiveQueue queue;
  const Slice text = slice_with_waste(std::string(1448, 'x'), 52);
  queue.push(text);
  queue.push(text);
  const Slice taken = queue.take(SIZE_MAX);
  CHECK(taken.data() == text.data());
  CHECK(taken.size() == 1448);
  const Slice part = queue.take(100);
  CHECK(part.data() == text.data());
  CHECK(part.size() == 100);
  CHECK(queue.size() == 1348);
  CHECK(queue.take(0).empty());
  CHECK(queue.take(SIZE_MAX).data() == text.data() + 100);
  CHECK(queue.memory() == 0);
}

TEST_CASE("A little text in a large block is copied, so that the block can go", "[receive_queue]") {
  ReceiveQueue queue;
  const Slice text = slice_with_waste("little", 65'000);
  queue.push(text);
  CHECK(text.block().unique());
  CHECK(queue.memory() < 500);
  CHECK(take_all(queue) == "little");
}

TEST_CASE("Text that fills less than half of its block is copied", "[receive_queue]") {
  ReceiveQueue queue;
  const Slice third = slice_with_waste(std::string(1000, 'x'), 2000),
              half = slice_with_waste(std::string(1000, 'y'), 1000);
  queue.push(third);
  queue.push(half);
  CHECK(third.block().unique());
  CHECK_FALSE(half.block().unique());
}

TEST_CASE("A flood of one-octet segments costs little more than its octets", "[receive_queue]") {
  for (const std::size_t waste : {std::size_t{0}, std::size_t{1}, std::size_t{1500}}) {
    CAPTURE(waste);
    ReceiveQueue queue;
    for (int i = 0; i < 100'000; ++i) queue.push(slice_with_waste("x", waste));
    CHECK(queue.size() == 100'000);
    CHECK(queue.memory() < 300'000);
    CHECK(take_all(queue).size() == 100'000);
  }
}

TEST_CASE("Single octets between larger segments cost little more than their octets", "[receive_queue]") {
  ReceiveQueue queue;
  while (queue.size() < 1 << 20) {
    queue.push(slice_with_waste("x", 1500));
    queue.push(slice_with_waste(std::string(300, 'y'), 0));
  }
  CHECK(queue.memory() < 5 * queue.size());
}

TEST_CASE("What was taken does not change when more arrives", "[receive_queue]") {
  ReceiveQueue queue;
  queue.push(slice_with_waste("first", 1000));
  const Slice taken = queue.take(3);
  queue.push(slice_with_waste(" second", 1000));
  CHECK(as_text(taken.bytes()) == "fir");
  CHECK(take_all(queue) == "st second");
}

TEST_CASE("Any mix of arrivals and reads agrees with one long string", "[receive_queue]") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    ReceiveQueue queue;
    std::string model;
    std::vector<std::pair<Slice, std::string>> taken;
    const std::size_t largest = std::array<std::size_t, 3>{3, 400, 70'000}[seed % 3];
    for (int step = 0; step < 300; ++step) {
      if (random.below(2) == 0) {
        const std::string text = random_octets(random, random.below(largest));
        queue.push(slice_with_waste(text, random.below(3) == 0 ? random.below(2 * largest) : random.below(20)));
        model += text;
      } else {
        Slice part = queue.take(random.below(largest) + 1);
        REQUIRE(part.empty() == model.empty());
        taken.emplace_back(part, model.substr(0, part.size()));
        model.erase(0, part.size());
      }
      REQUIRE(queue.size() == model.size());
      REQUIRE(queue.memory() <= 3 * queue.size() + 300'000);
    }
    for (const auto& [slice, expected] : taken) REQUIRE(as_text(slice.bytes()) == expected);
    ReceiveQueue copy = queue;
    REQUIRE(take_all(queue) == model);
    REQUIRE(take_all(copy) == model);
  }
}

TEST_CASE("A ring agrees with a deque, whatever is done at its ends", "[ring]") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Random random{secret_from_seed(seed)};
    Ring<std::shared_ptr<int>> ring;
    std::deque<int> model;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t bias = (static_cast<std::uint64_t>(step) / 200 + seed) % 2;  // grow for a while, then shrink
      const std::uint64_t choice = random.below(6);
      if (choice < 2 + 2 * bias || model.empty()) {
        if (choice % 2 == 0) {
          ring.push_back(std::make_shared<int>(step));
          model.push_back(step);
        } else {
          ring.push_front(std::make_shared<int>(step));
          model.push_front(step);
        }
      } else if (choice % 2 == 0) {
        REQUIRE(*ring.pop_front() == model.front());
        model.pop_front();
      } else {
        REQUIRE(*ring.pop_back() == model.back());
        model.pop_back();
      }
      REQUIRE(ring.size() == model.size());
      if (model.empty()) {
        REQUIRE(ring.memory() == 0);
        continue;
      }
      REQUIRE(*ring.front() == model.front());
      REQUIRE(*ring.back() == model.back());
      const std::size_t any = random.below(model.size());
      REQUIRE(*ring[any] == model[any]);
    }
  }
}

TEST_CASE("A ring keeps nothing alive that was popped", "[ring]") {
  Ring<std::shared_ptr<int>> ring;
  auto watched = std::make_shared<int>(1);
  ring.push_back(watched);
  ring.push_back(nullptr);
  ring.pop_front();
  CHECK(watched.use_count() == 1);
}

}  // namespace
}  // namespace handwave::tcp
