// SIGINT and SIGTERM as a request to stop.
#include "tun/signals.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace handwave;

namespace {

bool readable(int descriptor) {
  pollfd look{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&look, 1, 0) == 1;
}

}  // namespace

TEST_CASE("stop signals: the first signal is a request", "[tun]") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const StopSignals signals;
  CHECK_FALSE(signals.requested());
  CHECK_FALSE(readable(signals.descriptor()));
  ::raise(signal);
  CHECK(signals.requested());
  CHECK(readable(signals.descriptor()));
}

TEST_CASE("stop signals: the next object begins anew", "[tun]") {
  {
    const StopSignals signals;
    ::raise(SIGTERM);
  }
  const StopSignals signals;
  CHECK_FALSE(signals.requested());
}

TEST_CASE("stop signals: the second signal ends the process at once, as that signal does", "[tun]") {
  const pid_t child = ::fork();
  if (child == 0) {
    const StopSignals signals;
    ::raise(SIGTERM);
    ::raise(SIGINT);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}

TEST_CASE("stop signals: a closed pipe is an error of the write", "[tun]") {
  const StopSignals signals;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const FileDescriptor to(ends[1]);
  {
    const FileDescriptor from(ends[0]);
  }
  CHECK(::write(to.number(), "x", 1) == -1);
}
