#include "tun/entropy.hpp"

#include <sys/random.h>

#include <cerrno>

#include "tun/system_error.hpp"

namespace handwave {

Secret machine_secret() {
  Secret secret{};
  // Up to 256 octets come whole once the generator is seeded; only the wait for that can be interrupted.
  ssize_t taken = -1;
  do {
    taken = ::getrandom(secret.data(), secret.size(), 0);
  } while (taken < 0 && errno == EINTR);
  if (taken != static_cast<ssize_t>(secret.size())) throw SystemError("take entropy from the kernel", errno);
  return secret;
}

}  // namespace handwave
