#include "tls/mbed.hpp"

#include <mbedtls/entropy.h>
#include <psa/crypto.h>

#include <system_error>

#include "tls/error.hpp"

namespace handwave::tls {

int draw(void* random, unsigned char* into, std::size_t size) {
  // An exception may not pass through C.
  try {
    (*static_cast<Random*>(random))({into, size});
    return 0;
  } catch (...) {
    return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
  }
}

int draw_blinding(void* /*unused*/, unsigned char* into, std::size_t size) {
  return psa_generate_random(into, size) == PSA_SUCCESS ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

void initialise_cryptography() {
  static const psa_status_t status = psa_crypto_init();
  if (status == PSA_SUCCESS) return;
  const bool memory = status == PSA_ERROR_INSUFFICIENT_MEMORY;
  throw std::system_error(make_error_code(memory ? TlsError::out_of_memory : TlsError::internal));
}

}  // namespace handwave::tls
