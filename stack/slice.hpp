// Shared ownership of bytes: how payload travels from a device to an application, and back, without being copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "stack/bytes.hpp"

namespace handwave {

/// A reference to one heap block of bytes that counts its holders. The count is not atomic: a block stays in the
/// thread of its stack.
class Block {
 public:
  Block() = default;
  Block(const Block& other) : header_(other.header_) { acquire(); }
  Block(Block&& other) noexcept : header_(std::exchange(other.header_, nullptr)) {}
  Block& operator=(Block other) noexcept {
    std::swap(header_, other.header_);
    return *this;
  }
  ~Block() { release(); }

  /// A new block of `capacity` bytes, uninitialised.
  static Block allocate(std::size_t capacity);

  explicit operator bool() const { return header_ != nullptr; }
  /// True if this is the only reference, so that the bytes may be written or the block used again.
  [[nodiscard]] bool unique() const { return header_ != nullptr && header_->holders == 1; }
  [[nodiscard]] std::size_t capacity() const { return header_ == nullptr ? 0 : header_->capacity; }
  [[nodiscard]] std::uint8_t* data() const { return reinterpret_cast<std::uint8_t*>(header_ + 1); }
  friend bool operator==(const Block&, const Block&) = default;

 private:
  struct Header {
    std::size_t holders;
    std::size_t capacity;
  };

  void acquire() const {
    if (header_ != nullptr) ++header_->holders;
  }
  void release();

  Header* header_ = nullptr;
};

/// A run of bytes inside a block, kept alive by it. Copying a slice copies no bytes.
class Slice {
 public:
  Slice() = default;
  /// `count` bytes of `block` from `offset`; they must be inside it.
  Slice(Block block, std::size_t offset, std::size_t count) : block_(std::move(block)), offset_(offset), size_(count) {}

  /// A slice of its own with a copy of `bytes`, in a block no larger than they are.
  static Slice copy_of(Bytes bytes);

  [[nodiscard]] Bytes bytes() const { return size_ == 0 ? Bytes{} : Bytes{block_.data() + offset_, size_}; }
  [[nodiscard]] const std::uint8_t* data() const { return bytes().data(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const Block& block() const { return block_; }

  /// At most `count` bytes from `offset` on, sharing the block; an offset past the end gives an empty slice.
  [[nodiscard]] Slice subslice(std::size_t offset, std::size_t count = SIZE_MAX) const;
  /// Drops the first `count` bytes from the view (all of them if there are fewer).
  void remove_prefix(std::size_t count);
  /// Keeps only the first `count` bytes of the view.
  void truncate(std::size_t count) { size_ = count < size_ ? count : size_; }

 private:
  Block block_;
  std::size_t offset_ = 0;
  std::size_t size_ = 0;
};

}  // namespace handwave
