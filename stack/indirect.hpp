// An optional value that lives elsewhere: what is needed only for a time costs a pointer for the rest of it.
#pragma once

#include <memory>
#include <utility>

namespace handwave {

/// A T on the heap, or none. Copying it copies the T.
template <class T>
class Indirect {
 public:
  Indirect() = default;
  Indirect(const Indirect& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Indirect(Indirect&& other) noexcept = default;
  Indirect& operator=(Indirect other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Indirect() = default;

  [[nodiscard]] explicit operator bool() const { return value_ != nullptr; }
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() { return value_.get(); }
  [[nodiscard]] const T* operator->() const { return value_.get(); }

  template <class... Arguments>
  T& emplace(Arguments&&... arguments) {
    value_ = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    return *value_;
  }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace handwave
