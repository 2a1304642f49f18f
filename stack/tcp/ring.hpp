// A queue open at both ends that costs a few words while it is empty (std::deque allocates half a kilobyte then).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "stack/expects.hpp"

namespace handwave::tcp {

/// A circular buffer that grows by doubling and gives its memory back when it becomes empty. Elements need a default
/// value, which fills the unused places.
template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) { return slots_[place(index)]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return slots_[place(index)]; }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] T& back() { return (*this)[size_ - std::size_t{1}]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - std::size_t{1}]; }

  void push_back(T value) {
    if (size_ == slots_.size()) grow();
    slots_[place(size_)] = std::move(value);
    ++size_;
  }
  void push_front(T value) {
    if (size_ == slots_.size()) grow();
    head_ = static_cast<std::uint32_t>(place(slots_.size() - 1));
    slots_[head_] = std::move(value);
    ++size_;
  }
  T pop_front() {
    expects(size_ != 0, "only what is there is popped");
    T value = std::exchange(slots_[head_], T{});
    head_ = static_cast<std::uint32_t>(place(1));
    if (--size_ == 0) clear();
    return value;
  }
  T pop_back() {
    expects(size_ != 0, "only what is there is popped");
    T value = std::exchange(back(), T{});
    if (--size_ == 0) clear();
    return value;
  }
  void clear() {
    std::vector<T>{}.swap(slots_);
    head_ = size_ = 0;
  }
  /// Octets allocated for the places themselves.
  [[nodiscard]] std::size_t memory() const { return slots_.capacity() * sizeof(T); }

 private:
  // The number of places is zero or a power of two.
  [[nodiscard]] std::size_t place(std::size_t index) const { return (head_ + index) & (slots_.size() - 1); }
  void grow() {
    std::vector<T> larger(slots_.empty() ? 2 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    head_ = 0;
  }

  std::vector<T> slots_;
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace handwave::tcp
