// Ciphertext on its way to the transport: collected in blocks, so that what was made together leaves together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "stack/slice.hpp"

namespace handwave {

class Outbox {
 public:
  /// About so much will be added: the next block is made for it.
  void expect(std::size_t octets) { expected_ = octets; }

  void add(Bytes octets) {
    while (!octets.empty()) {
      if (used_ == block_.capacity()) begin_block(octets.size());
      const std::size_t count = std::min(octets.size(), block_.capacity() - used_);
      std::memcpy(block_.data() + used_, octets.data(), count);
      used_ += count;
      octets = octets.subspan(count);
    }
  }

  [[nodiscard]] bool empty() const { return full_.empty() && used_ == 0; }
  /// The oldest that was added and not taken; nothing if there is none.
  std::optional<Slice> take() {
    if (full_.empty()) end_block();
    if (full_.empty()) return std::nullopt;
    Slice oldest = std::move(full_.front());
    full_.pop_front();
    return oldest;
  }

 private:
  void begin_block(std::size_t wanted) {
    end_block();
    block_ = Block::allocate(std::max(wanted, std::exchange(expected_, 0)));
  }
  void end_block() {
    if (used_ > 0) full_.emplace_back(std::move(block_), 0, used_);
    block_ = {};
    used_ = 0;
  }

  std::deque<Slice> full_;
  Block block_;           ///< being filled
  std::size_t used_ = 0;  ///< octets of it
  std::size_t expected_ = 0;
};

}  // namespace handwave
