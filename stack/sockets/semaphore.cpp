#include "stack/sockets/semaphore.hpp"

#include <utility>

namespace handwave {

Semaphore::Acquire Semaphore::acquire(std::optional<Instant> deadline) { return Acquire{*this, deadline}; }

void Semaphore::release(std::size_t places) {
  free_ += places;
  while (free_ > 0 && first_ != nullptr) {
    Acquire& next = *first_;
    next.unlink();
    next.granted_ = true;
    --free_;
    scheduler_.wake(next.wait_);
  }
}

Semaphore::Acquire::Acquire(Semaphore& semaphore, std::optional<Instant> deadline)
    : semaphore_(semaphore), deadline_(deadline), wait_(semaphore.scheduler_, [](void*) { return true; }, nullptr) {}

Semaphore::Acquire::~Acquire() {
  if (queued_) unlink();
  if (granted_) semaphore_.release();
}

bool Semaphore::Acquire::await_ready() {
  if (semaphore_.free_ == 0) return false;
  --semaphore_.free_;
  granted_ = true;
  return true;
}

void Semaphore::Acquire::await_suspend(std::coroutine_handle<> coroutine) {
  previous_ = semaphore_.last_;
  (previous_ == nullptr ? semaphore_.first_ : previous_->next_) = this;
  semaphore_.last_ = this;
  queued_ = true;
  ++semaphore_.waiting_;
  wait_.suspend(coroutine, deadline_, nullptr);
}

Stack::Result<void> Semaphore::Acquire::await_resume() {
  if (std::exchange(granted_, false)) return {};
  return std::unexpected(wait_.interruption());
}

void Semaphore::Acquire::unlink() {
  (previous_ == nullptr ? semaphore_.first_ : previous_->next_) = next_;
  (next_ == nullptr ? semaphore_.last_ : next_->previous_) = previous_;
  previous_ = next_ = nullptr;
  queued_ = false;
  --semaphore_.waiting_;
}

}  // namespace handwave
