// Blocks to read packets into, used again as soon as nobody holds a slice of them any more.
#pragma once

#include <cstddef>
#include <vector>

#include "stack/slice.hpp"

namespace handwave {

/// Gives blocks of one size. A packet that the stack is done with leaves its block to the next one; a block that the
/// stack keeps (payload on its way to the application) is left to it, and comes back when its slices are gone.
class BlockPool {
 public:
  /// `limit` is how many blocks the pool itself keeps alive; it never refuses one.
  BlockPool(std::size_t block_size, std::size_t limit) : block_size_(block_size), limit_(limit) {}

  /// A block that nobody else holds. The lowest free one, so that an idle pool stays in the processor's cache.
  Block take() {
    for (const Block& block : blocks_)
      if (block.unique()) return block;
    Block fresh = Block::allocate(block_size_);
    if (blocks_.size() < limit_) {
      blocks_.push_back(fresh);
    } else {
      blocks_[next_victim_] = fresh;  // whoever still holds the old one frees it
      next_victim_ = (next_victim_ + 1) % limit_;
    }
    return fresh;
  }

 private:
  std::size_t block_size_;
  std::size_t limit_;
  std::size_t next_victim_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace handwave
