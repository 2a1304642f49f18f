// Semaphore: so many at a time; the others wait, in the order in which they came.
#pragma once

#include <coroutine>
#include <cstddef>
#include <expected>
#include <optional>
#include <system_error>

#include "stack/sockets.hpp"

namespace handwave {

/// A number of places. Whoever has acquired one releases it.
class Semaphore {
 public:
  Semaphore(Sockets& sockets, std::size_t places) : scheduler_(sockets.scheduler_), free_(places) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  class Acquire;
  /// Awaits a place: gives Stack::Result<void>. Error: `timed_out` when the deadline passes first.
  Acquire acquire(std::optional<Instant> deadline = {});
  /// Gives places back, and with them goes on whoever has waited longest.
  void release(std::size_t places = 1);
  [[nodiscard]] std::size_t free() const { return free_; }
  /// How many wait.
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  Scheduler& scheduler_;
  std::size_t free_;
  Acquire* first_ = nullptr;  ///< those who wait, a doubly linked list through their frames
  Acquire* last_ = nullptr;
  std::size_t waiting_ = 0;  ///< how long that list is
};

class [[nodiscard]] Semaphore::Acquire {
 public:
  Acquire(Semaphore& semaphore, std::optional<Instant> deadline);
  Acquire(const Acquire&) = delete;
  Acquire& operator=(const Acquire&) = delete;
  /// A coroutine that is destroyed while it waits leaves the queue, and gives back the place that it did not live to
  /// use.
  ~Acquire();
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine);
  Stack::Result<void> await_resume();

 private:
  friend Semaphore;
  void unlink();

  Semaphore& semaphore_;
  std::optional<Instant> deadline_;
  Wait wait_;
  bool granted_ = false;
  bool queued_ = false;
  Acquire* previous_ = nullptr;
  Acquire* next_ = nullptr;
};

}  // namespace handwave
