// How buffers grow: by what is read and what is sent in a round trip, up to their limits.
#include <catch2/catch_test_macros.hpp>

#include "stack/tcp/buffer_tuning.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr BufferSize size = BufferSize::growing(10'000, 50'000);
constexpr Instant start = Instant{} + 1h;

struct Reader {
  Reader() { tuning.begin(start, consumed); }
  std::uint32_t reads(std::uint32_t octets, Duration round_trip = 10ms, const BufferSize& of = size) {
    consumed += octets;
    return buffer = tuning.receive_buffer(now, consumed, round_trip, buffer, of);
  }

  ReceiveTuning tuning;
  Instant now = start;
  Seq consumed{0xffff'ff00};
  std::uint32_t buffer = size.initial;
};

}  // namespace

TEST_CASE("A receive buffer grows to twice what is read in a round trip, up to its limit", "[buffers]") {
  Reader f;
  for (const std::uint32_t expected : {20'000U, 40'000U, 50'000U, 50'000U}) {
    f.now += 10ms;
    CHECK(f.reads(f.buffer) == expected);
  }
}

TEST_CASE("All buffers together grow to a limit, and what one gives back another may have", "[buffers]") {
  BufferBudget budget{50'000};
  CHECK(budget.grow(10'000, 5'000) == 10'000);
  CHECK(budget.grow(10'000, 40'000) == 40'000);
  CHECK(budget.grow(10'000, 40'000) == 30'000);
  CHECK(budget.grow(10'000, 40'000) == 10'000);
  budget.give_back(25'000);
  CHECK(budget.grow(10'000, 40'000) == 35'000);
}

TEST_CASE("What is read in a longer time counts for a round trip's share of it", "[buffers]") {
  Reader f;
  f.now += 40ms;
  CHECK(f.reads(40'000) == 20'000);
  f.now += 1min;
  CHECK(f.reads(40'000) == 20'000);  // and no buffer shrinks
}

TEST_CASE("Before a round trip has passed nothing is measured", "[buffers]") {
  Reader f;
  f.now += 9ms;
  CHECK(f.reads(20'000) == 10'000);
  f.now += 1ms;
  CHECK(f.reads(0) == 40'000);
}

TEST_CASE("What the application leaves unread makes no buffer larger", "[buffers]") {
  Reader f;
  f.now += 10ms;
  CHECK(f.reads(4000) == 10'000);
}

TEST_CASE("Neither a fixed buffer nor one on a path shorter than a millisecond grows", "[buffers]") {
  Reader f;
  f.now += 10ms;
  CHECK(f.reads(10'000, 10ms, std::size_t{10'000}) == 10'000);
  CHECK(f.reads(10'000, 999us) == 10'000);
}

TEST_CASE("A send buffer is two congestion windows, up to its limit, and never shrinks", "[buffers]") {
  CHECK(send_buffer_for(4000, 10'000, size) == 10'000);
  CHECK(send_buffer_for(12'000, 10'000, size) == 24'000);
  CHECK(send_buffer_for(40'000, 24'000, size) == 50'000);
  CHECK(send_buffer_for(UINT32_MAX, 24'000, size) == 50'000);
  CHECK(send_buffer_for(UINT32_MAX, 10'000, std::size_t{10'000}) == 10'000);
}

TEST_CASE("A buffer's size fits 32 bits, and its limit is no less than where it begins", "[buffers]") {
  CHECK(BufferSize(SIZE_MAX).initial == UINT32_MAX);
  CHECK(BufferSize(7).limit == 7);
  CHECK(BufferSize::growing(8, 4).limit == 8);
}

}  // namespace handwave::tcp
