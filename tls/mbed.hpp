// Mbed TLS's objects as values that free themselves. Only sources of tls/ include this: nothing of Mbed TLS is seen
// outside.
#pragma once

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include <memory>
#include <span>

#include "tls/bytes.hpp"
#include "tls/certificate.hpp"

namespace handwave::tls {

/// An object of Mbed TLS between its init and its free. It stays where it is.
template <class T, void (*init)(T*), void (*free)(T*)>
class Owned {
 public:
  Owned() { init(&object_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { free(&object_); }
  T* get() { return &object_; }
  const T* get() const { return &object_; }
  T* operator->() { return &object_; }
  const T* operator->() const { return &object_; }

 private:
  T object_{};
};

using Chain = Owned<mbedtls_x509_crt, mbedtls_x509_crt_init, mbedtls_x509_crt_free>;
using Key = Owned<mbedtls_pk_context, mbedtls_pk_init, mbedtls_pk_free>;

// Mbed TLS takes pointers to non-const where it changes nothing.
struct Identity::Parts {
  mutable Chain chain;  ///< the leaf first
  mutable Key key;
};
struct Authorities::Parts {
  mutable Chain certificates;
};

/// Random in the form that Mbed TLS calls: `random` points to a Random.
int draw(void* random, unsigned char* into, std::size_t size);
/// The library's own random numbers in that form, after initialise_cryptography(): for blinding, on which no result
/// depends.
int draw_blinding(void* unused, unsigned char* into, std::size_t size);

/// Prepares PSA's cryptography, which TLS 1.3 uses inside, once for the process. Throws std::system_error.
void initialise_cryptography();

}  // namespace handwave::tls
