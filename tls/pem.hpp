// PEM texts (RFC 7468) into Mbed TLS's objects. Only sources of tls/ include this.
#pragma once

#include <expected>
#include <string_view>

#include "tls/error.hpp"
#include "tls/mbed.hpp"

namespace handwave::tls {

/// Reads every certificate of `text`, in its order; how many of them could not be read. Errors: no_certificate, and
/// bad_certificate if none could.
std::expected<int, TlsError> read_certificates(std::string_view text, Chain& into);

/// Reads the first private key of `text`: RSA, or ECDSA on P-256, P-384 or P-521; PKCS#1 (RFC 8017 §A.1.2), SEC 1
/// (RFC 5915) or PKCS#8 (RFC 5958). Errors: no_key, bad_key, key_encrypted.
std::expected<void, TlsError> read_key(std::string_view text, Key& into);

}  // namespace handwave::tls
