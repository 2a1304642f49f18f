#include "tests/determinism/cryptography.hpp"

#include <mbedtls/entropy.h>
#include <mbedtls/platform_time.h>
#include <psa/crypto.h>

#include <ctime>
#include <random>
#include <stdexcept>

namespace {

std::mt19937_64 entropy{0};
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> fixed_time;

}  // namespace

extern "C" {

// Instead of the one in libmbedcrypto, which asks the kernel: the linker takes nothing from a library that is there
// already.
int mbedtls_platform_entropy_poll(void* /*unused*/, unsigned char* into, std::size_t size, std::size_t* filled) {
  for (std::size_t i = 0; i < size; ++i) into[i] = static_cast<unsigned char>(entropy() >> 56);
  *filled = size;
  return 0;
}

// The linker sends the calls of time() and mbedtls_ms_time() here (--wrap).
std::time_t __real_time(std::time_t* into);
mbedtls_ms_time_t __real_mbedtls_ms_time();

std::time_t __wrap_time(std::time_t* into) {
  if (!fixed_time) return __real_time(into);
  const std::time_t now = std::chrono::floor<std::chrono::seconds>(*fixed_time).time_since_epoch().count();
  if (into != nullptr) *into = now;
  return now;
}

mbedtls_ms_time_t __wrap_mbedtls_ms_time() {
  return fixed_time ? fixed_time->time_since_epoch().count() : __real_mbedtls_ms_time();
}
}

namespace handwave::test {

void reseed_cryptography(std::uint64_t seed) {
  entropy.seed(seed);
  mbedtls_psa_crypto_free();
  if (psa_crypto_init() != PSA_SUCCESS) throw std::runtime_error("cannot initialise PSA cryptography");
}

void set_cryptography_time(std::optional<std::chrono::sys_time<std::chrono::milliseconds>> time) { fixed_time = time; }

}  // namespace handwave::test
