#include "tun/entropy.hpp"

#include <sys/random.h>

#include <cerrno>

#include "tun/system_error.hpp"

namespace handwave {

void machine_random(MutableBytes into) {
  while (!into.empty()) {
    const ssize_t taken = ::getrandom(into.data(), into.size(), 0);
    if (taken < 0 && errno != EINTR) throw SystemError("take entropy from the kernel", errno);
    if (taken > 0) into = into.subspan(static_cast<std::size_t>(taken));
  }
}

Secret machine_secret() {
  Secret secret{};
  machine_random(secret);
  return secret;
}

}  // namespace handwave
