// Which paused coroutine goes on next: those whose operation is complete, and those whose deadline has passed.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

#include "stack/time.hpp"

namespace handwave {

class Scheduler;

/// One pending operation: lives in the frame of the coroutine that awaits it, and unhooks itself wherever it hangs when
/// that frame is destroyed.
class Wait {
 public:
  /// Tries once more to complete the operation; true if it is complete.
  using Attempt = bool (*)(void* operation);

  Wait(Scheduler& scheduler, Attempt attempt_with, void* operation)
      : scheduler_(scheduler), attempt_(attempt_with), operation_(operation) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait();

  bool attempt() { return attempt_(operation_); }
  /// Why the operation ended without being complete; none if it is.
  [[nodiscard]] std::error_code interruption() const { return interruption_; }
  /// Pauses `coroutine` until wake or interrupt. `place` points here meanwhile; it says where to look for the
  /// operation.
  void suspend(std::coroutine_handle<> coroutine, std::optional<Instant> deadline, Wait** place);

 private:
  friend Scheduler;
  static constexpr std::size_t no_deadline = SIZE_MAX;

  Scheduler& scheduler_;
  Attempt attempt_;
  void* operation_;
  std::coroutine_handle<> coroutine_;
  Wait** place_ = nullptr;
  std::size_t heap_position_ = no_deadline;
  bool ready_ = false;
  Wait* previous_ready_ = nullptr;
  Wait* next_ready_ = nullptr;
  std::error_code interruption_;
};

/// The queue of ready coroutines, and a binary heap of deadlines in which each operation knows its place, so that one
/// that completes in time is taken out at once: O(log n), and O(1) in the usual case of the latest deadline.
class Scheduler {
 public:
  explicit Scheduler(Instant now) : now_(now) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  [[nodiscard]] Instant now() const { return now_; }
  void set_now(Instant now) { now_ = now; }

  /// Tries the operation at `place`, if there is one, and wakes it if it is complete now.
  void retry(Wait* wait) {
    if (wait != nullptr && wait->attempt()) wake(*wait);
  }
  void wake(Wait& wait);
  void interrupt(Wait& wait, std::error_code reason);
  /// Interrupts, with `timed_out`, every operation whose deadline is due.
  void expire();
  /// Resumes all that are ready, and those that become ready by it.
  void run();
  /// When expire() and run() have something to do; nothing if nobody waits for the time.
  [[nodiscard]] std::optional<Instant> next() const;

 private:
  friend Wait;
  struct Deadline {
    Instant at;
    Wait* wait;
  };

  void add_deadline(Wait& wait, Instant at);
  void remove_deadline(Wait& wait);
  void sift_up(std::size_t position, Deadline deadline);
  void sift_down(std::size_t position, Deadline deadline);
  void put(std::size_t position, Deadline deadline);
  void unhook(Wait& wait);
  void remove_ready(Wait& wait);

  Instant now_;
  Wait* first_ready_ = nullptr;
  Wait* last_ready_ = nullptr;
  std::vector<Deadline> heap_;
};

}  // namespace handwave
