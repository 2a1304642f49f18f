#include "stack/slice.hpp"

#include <algorithm>
#include <new>

namespace handwave {

Block Block::allocate(std::size_t capacity) {
  Block block;
  block.header_ = new (::operator new(sizeof(Header) + capacity)) Header{1, capacity};
  return block;
}

void Block::release() {
  if (header_ != nullptr && --header_->holders == 0) ::operator delete(header_);
  header_ = nullptr;
}

Slice Slice::copy_of(Bytes bytes) {
  if (bytes.empty()) return {};
  Block block = Block::allocate(bytes.size());
  std::memcpy(block.data(), bytes.data(), bytes.size());
  return {std::move(block), 0, bytes.size()};
}

Slice Slice::subslice(std::size_t offset, std::size_t count) const {
  if (offset >= size_) return {};
  return {block_, offset_ + offset, std::min(count, size_ - offset)};
}

void Slice::remove_prefix(std::size_t count) {
  const std::size_t dropped = std::min(count, size_);
  offset_ += dropped;
  size_ -= dropped;
}

}  // namespace handwave
