// SIGINT and SIGTERM as a request to stop, which a loop looks at once a turn and can be woken by.
#pragma once

#include <csignal>

#include "tun/file_descriptor.hpp"

namespace handwave {

/// While one of these lives (one at a time), the first SIGINT or SIGTERM is a request to stop; the second one ends the
/// process at once, as it would without us. SIGPIPE is ignored: a closed pipe is an error of the write that meets it.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// True once a signal has come.
  [[nodiscard]] bool requested() const;
  /// Readable, from then on and for good, once a signal has come.
  [[nodiscard]] int descriptor() const { return event_.number(); }

 private:
  FileDescriptor event_;
  struct sigaction old_interrupt_{};
  struct sigaction old_terminate_{};
  struct sigaction old_pipe_{};
};

}  // namespace handwave
