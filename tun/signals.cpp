#include "tun/signals.hpp"

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "tun/system_error.hpp"

namespace handwave {
namespace {

// A handler has no argument of ours: what it touches cannot be anything but global.
std::atomic<bool> stop_requested = false;
std::atomic<int> event_descriptor = -1;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
  if (stop_requested.exchange(true)) {
    // Pending until this handler returns, and then it does what it does by default.
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_descriptor.load(), &one, sizeof one);
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw SystemError("make an event descriptor", errno);
  stop_requested = false;
  event_descriptor = event_.number();
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, &old_interrupt_);
  ::sigaction(SIGTERM, &action, &old_terminate_);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, &old_pipe_);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &old_interrupt_, nullptr);
  ::sigaction(SIGTERM, &old_terminate_, nullptr);
  ::sigaction(SIGPIPE, &old_pipe_, nullptr);
  event_descriptor = -1;
}

bool StopSignals::requested() const { return stop_requested.load(std::memory_order_relaxed); }

}  // namespace handwave
