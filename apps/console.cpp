#include "apps/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace handwave {
namespace {

void put(std::string_view text, std::FILE* stream) {
  (void)std::fwrite(text.data(), 1, text.size(), stream);
  (void)std::fflush(stream);
}

}  // namespace

void print(std::string_view text) { put(text, stdout); }
void complain(std::string_view text) { put(text, stderr); }
bool printed_all() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

void hold_standard_streams() {
  // In this order: open() gives the lowest number that is free.
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(number, F_GETFD) == -1 && errno == EBADF)
      (void)::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace handwave
