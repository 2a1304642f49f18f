// Task: a function that can pause. Lazy: it runs when it is awaited, or handed to Sockets::start.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace handwave {

template <class T = void>
class Task;

/// What every task's promise has: whom to go on with at the end, and the exception that ended it, if one did.
class TaskPromiseBase {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }

  /// At its end a task hands control straight to whoever awaits it; a chain of any length takes no stack.
  struct Handover {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
      return finished.promise().awaiting_;
    }
    void await_resume() const noexcept {}
  };
  Handover final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  void set_awaiting(std::coroutine_handle<> awaiting) { awaiting_ = awaiting; }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::coroutine_handle<> awaiting_ = std::noop_coroutine();
  std::exception_ptr exception_;
};

template <class T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

/// Owns the paused function: destroying the task destroys everything the function holds. An exception that leaves the
/// function goes on in the function that awaits it; out of a task that was started by itself, it ends the program, as
/// out of a thread.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  class Awaiter {
   public:
    explicit Awaiter(std::coroutine_handle<promise_type> task) : task_(task) {}
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept {
      task_.promise().set_awaiting(awaiting);
      return task_;
    }
    T await_resume() const { return task_.promise().take(); }

   private:
    std::coroutine_handle<promise_type> task_;
  };
  /// Runs the task from its beginning; the result is what it returns. Once only.
  Awaiter operator co_await() const noexcept { return Awaiter{coroutine_}; }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

}  // namespace handwave
