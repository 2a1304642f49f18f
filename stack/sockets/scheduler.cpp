#include "stack/sockets/scheduler.hpp"

#include <utility>

namespace handwave {

Wait::~Wait() { scheduler_.unhook(*this); }

void Wait::suspend(std::coroutine_handle<> coroutine, std::optional<Instant> deadline, Wait** place) {
  coroutine_ = coroutine;
  place_ = place;
  if (place_ != nullptr) *place_ = this;
  if (deadline) scheduler_.add_deadline(*this, *deadline);
}

void Scheduler::wake(Wait& wait) {
  unhook(wait);
  wait.ready_ = true;
  wait.previous_ready_ = last_ready_;
  (last_ready_ == nullptr ? first_ready_ : last_ready_->next_ready_) = &wait;
  last_ready_ = &wait;
}

void Scheduler::interrupt(Wait& wait, std::error_code reason) {
  wait.interruption_ = reason;
  wake(wait);
}

void Scheduler::expire() {
  while (!heap_.empty() && heap_.front().at <= now_)
    interrupt(*heap_.front().wait, std::make_error_code(std::errc::timed_out));
}

void Scheduler::run() {
  while (first_ready_ != nullptr) {
    const std::coroutine_handle<> coroutine = first_ready_->coroutine_;
    remove_ready(*first_ready_);
    coroutine.resume();
  }
}

std::optional<Instant> Scheduler::next() const {
  if (first_ready_ != nullptr) return now_;
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

void Scheduler::unhook(Wait& wait) {
  if (wait.place_ != nullptr) *std::exchange(wait.place_, nullptr) = nullptr;
  if (wait.heap_position_ != Wait::no_deadline) remove_deadline(wait);
  if (wait.ready_) remove_ready(wait);
}

void Scheduler::remove_ready(Wait& wait) {
  (wait.previous_ready_ == nullptr ? first_ready_ : wait.previous_ready_->next_ready_) = wait.next_ready_;
  (wait.next_ready_ == nullptr ? last_ready_ : wait.next_ready_->previous_ready_) = wait.previous_ready_;
  wait.previous_ready_ = wait.next_ready_ = nullptr;
  wait.ready_ = false;
}

void Scheduler::put(std::size_t position, Deadline deadline) {
  heap_[position] = deadline;
  deadline.wait->heap_position_ = position;
}

void Scheduler::add_deadline(Wait& wait, Instant at) {
  heap_.push_back({at, &wait});
  sift_up(heap_.size() - 1, heap_.back());
}

void Scheduler::remove_deadline(Wait& wait) {
  const std::size_t position = std::exchange(wait.heap_position_, Wait::no_deadline);
  const Deadline last = heap_.back();
  heap_.pop_back();
  if (last.wait == &wait) return;
  if (position > 0 && last.at < heap_[(position - 1) / 2].at)
    sift_up(position, last);
  else
    sift_down(position, last);
}

void Scheduler::sift_up(std::size_t position, Deadline deadline) {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (heap_[parent].at <= deadline.at) break;
    put(position, heap_[parent]);
    position = parent;
  }
  put(position, deadline);
}

void Scheduler::sift_down(std::size_t position, Deadline deadline) {
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (deadline.at <= heap_[child].at) break;
    put(position, heap_[child]);
    position = child;
  }
  put(position, deadline);
}

}  // namespace handwave
