#include "tls/failure.hpp"

#include <fmt/format.h>
#include <mbedtls/bignum.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>

#include <algorithm>
#include <array>

namespace handwave::tls {
namespace {

struct Meaning {
  int result;
  TlsError error;
  Alert alert;
};

constexpr std::array meanings = {
    Meaning{MBEDTLS_ERR_SSL_INVALID_MAC, TlsError::bad_record, Alert::bad_record_mac},
    Meaning{MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, TlsError::unexpected_message, Alert::unexpected_message},
    Meaning{MBEDTLS_ERR_SSL_DECODE_ERROR, TlsError::malformed_message, Alert::decode_error},
    Meaning{MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, TlsError::malformed_message, Alert::illegal_parameter},
    Meaning{MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, TlsError::malformed_message, Alert::unsupported_extension},
    Meaning{MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, TlsError::no_common_version, Alert::protocol_version},
    Meaning{MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, TlsError::no_common_parameters, Alert::handshake_failure},
    Meaning{MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL, TlsError::no_common_protocol, Alert::no_application_protocol},
    Meaning{MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, TlsError::certificate_missing, Alert::certificate_required},
    Meaning{MBEDTLS_ERR_SSL_BAD_CERTIFICATE, TlsError::certificate_invalid, Alert::bad_certificate},
    Meaning{MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, TlsError::certificate_invalid, Alert::bad_certificate},
    // In TLS 1.2 (§7.4.3, §7.4.8 of RFC 5246) the cryptography's own words reach us.
    Meaning{MBEDTLS_ERR_ECP_VERIFY_FAILED, TlsError::signature_mismatch, Alert::decrypt_error},
    Meaning{MBEDTLS_ERR_RSA_VERIFY_FAILED, TlsError::signature_mismatch, Alert::decrypt_error},
    Meaning{MBEDTLS_ERR_RSA_INVALID_PADDING, TlsError::signature_mismatch, Alert::decrypt_error},
    // RFC 8017 §5.2.2: the signature is a number beyond the key's modulus, as one by another key may be.
    Meaning{MBEDTLS_ERR_RSA_PUBLIC_FAILED + MBEDTLS_ERR_MPI_BAD_INPUT_DATA, TlsError::signature_mismatch,
            Alert::decrypt_error},
    Meaning{MBEDTLS_ERR_PK_SIG_LEN_MISMATCH, TlsError::signature_mismatch, Alert::decrypt_error},
    Meaning{MBEDTLS_ERR_SSL_ALLOC_FAILED, TlsError::out_of_memory, Alert::internal_error},
    Meaning{MBEDTLS_ERR_X509_ALLOC_FAILED, TlsError::out_of_memory, Alert::internal_error},
    Meaning{MBEDTLS_ERR_SSL_INTERNAL_ERROR, TlsError::internal, Alert::internal_error},
    Meaning{MBEDTLS_ERR_SSL_BAD_INPUT_DATA, TlsError::internal, Alert::internal_error},
};

/// Mbed TLS says no more than "invalid record"; the header tells why.
Failure invalid_record(const RecordReader& reader) {
  constexpr int longest_plaintext = 1 << 14;  // RFC 8446 §5.1
  constexpr int tag = 16;
  const RecordHeader& header = reader.header();
  if (!header.is_tls() && reader.at_first()) return {TlsError::not_tls, std::nullopt, ""};  // it would read no alert
  // RFC 8446 §5, §5.4: an unknown type; a message or alert of no octets; padding and no type.
  if (!header.known_type()) return {TlsError::unexpected_message, Alert::unexpected_message, ""};
  if (!header.is_tls()) return {TlsError::malformed_message, Alert::protocol_version, ""};
  if (header.length > longest_plaintext + tag) {
    return {TlsError::malformed_message, Alert::record_overflow, "a record is longer than TLS allows"};
  }
  return {TlsError::unexpected_message, Alert::unexpected_message, ""};
}

}  // namespace

Failure failure_of(int result, const RecordReader& reader) {
  if (result == MBEDTLS_ERR_SSL_INVALID_RECORD) return invalid_record(reader);
  const auto* found = std::ranges::find(meanings, result, &Meaning::result);
  if (found != meanings.end()) return {found->error, found->alert, ""};
  // What remains is the cryptography's or the parsers': a point that is on no curve.
  return {TlsError::handshake_failed, Alert::handshake_failure,
          fmt::format("the TLS handshake failed (Mbed TLS: -0x{:04x})", -result)};
}

Failure failure_of(Alert received) { return {alert_received(static_cast<std::uint8_t>(received)), std::nullopt, ""}; }

}  // namespace handwave::tls
