// Blocks that come back when nobody holds a slice of them.
#include "tun/block_pool.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace handwave;

TEST_CASE("block pool: a block that was let go of is used again", "[tun]") {
  BlockPool pool(100, 4);
  const std::uint8_t* first = pool.take().data();
  CHECK(pool.take().data() == first);
}

TEST_CASE("block pool: a block with a slice still held is left alone, and comes back later", "[tun]") {
  BlockPool pool(100, 4);
  Block block = pool.take();
  const std::uint8_t* const data = block.data();
  Slice held(std::move(block), 10, 20);
  CHECK(pool.take().data() != data);
  Slice part = held.subslice(5, 5);
  held = {};
  CHECK(pool.take().data() != data);
  part = {};
  CHECK(pool.take().data() == data);
}

TEST_CASE("block pool: beyond its limit it still gives blocks, and what is held stays as it was", "[tun]") {
  BlockPool pool(100, 2);
  std::vector<Slice> held;
  for (std::uint8_t i = 0; i < 10; ++i) {
    Block block = pool.take();
    REQUIRE(block.capacity() == 100);
    block.data()[0] = i;
    held.emplace_back(std::move(block), 0, 1);
  }
  for (std::uint8_t i = 0; i < 10; ++i) CHECK(held[i].bytes()[0] == i);
}
