#include "tls/pem.hpp"

#include <mbedtls/ecp.h>

#include "tls/secret_text.hpp"

namespace handwave::tls {
namespace {

/// Mbed TLS wants the NUL at the end of a PEM text to be counted.
const unsigned char* data_of(const SecretText& text) { return reinterpret_cast<const unsigned char*>(text.c_str()); }
std::size_t size_of(const SecretText& text) { return text.size() + 1; }

/// The curves of RFC 8446's ECDSA signature schemes (§4.2.3).
bool is_usable(const mbedtls_pk_context& key) {
  const mbedtls_pk_type_t type = mbedtls_pk_get_type(&key);
  if (type != MBEDTLS_PK_ECKEY) return type == MBEDTLS_PK_RSA;
  switch (mbedtls_ecp_keypair_get_group_id(mbedtls_pk_ec(key))) {
    case MBEDTLS_ECP_DP_SECP256R1:
    case MBEDTLS_ECP_DP_SECP384R1:
    case MBEDTLS_ECP_DP_SECP521R1:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::expected<int, TlsError> read_certificates(std::string_view text, Chain& into) {
  // Without this line Mbed TLS would take the text for DER.
  if (!text.contains("-----BEGIN CERTIFICATE-----")) return std::unexpected(TlsError::no_certificate);
  const SecretText terminated{text};
  const int unread = mbedtls_x509_crt_parse(into.get(), data_of(terminated), size_of(terminated));
  if (unread < 0) return std::unexpected(TlsError::bad_certificate);
  return unread;
}

std::expected<void, TlsError> read_key(std::string_view text, Key& into) {
  // Encrypted as PKCS#8 (RFC 7468 §11), or as RFC 1421 §4.6.1.1 does it.
  if (text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED"))
    return std::unexpected(TlsError::key_encrypted);
  if (!text.contains("PRIVATE KEY-----")) return std::unexpected(TlsError::no_key);
  const SecretText terminated{text};
  // Random numbers blind the computation of a public key that the file leaves out; nothing else comes of them.
  if (mbedtls_pk_parse_key(into.get(), data_of(terminated), size_of(terminated), nullptr, 0, draw_blinding, nullptr) !=
          0 ||
      !is_usable(*into.get()))
    return std::unexpected(TlsError::bad_key);
  return {};
}

}  // namespace handwave::tls
