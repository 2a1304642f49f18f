// What a certificate is to say, in the form that Mbed TLS's writers take it: RFC 5280 §4.1.2 and §4.2. Only sources of
// tls/ include this.
#pragma once

#include <mbedtls/pk.h>
#include <mbedtls/x509.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tls/certificate.hpp"

namespace handwave::tls {

/// True if a certificate can say all that.
bool makes_sense(const CertificateRequest& request);

/// "YYYYMMDDhhmmss"; Mbed TLS makes it a UTCTime up to 2049 and a GeneralizedTime from then on (§4.1.2.5).
std::string time_of(std::chrono::sys_seconds instant);

/// The name as RFC 4514 §2.4 writes it, each octet escaped, so that none means anything to its reader.
std::string subject_of(const CertificateRequest& request);

/// subjectAltName (§4.2.1.6) as a list.
class AlternativeNames {
 public:
  explicit AlternativeNames(const std::vector<std::string>& names);
  AlternativeNames(const AlternativeNames&) = delete;
  AlternativeNames& operator=(const AlternativeNames&) = delete;
  /// Null if there are none.
  [[nodiscard]] const mbedtls_x509_san_list* list() const { return entries_.empty() ? nullptr : &entries_.front(); }

 private:
  // Neither moves what it holds when it grows.
  std::deque<std::vector<std::uint8_t>> values_;
  std::deque<mbedtls_x509_san_list> entries_;
};

/// keyUsage (§4.2.1.3) as flags.
unsigned char key_usage_of(CertificateRequest::Use use, const mbedtls_pk_context& key);

/// An extension's value in DER.
struct Extension {
  std::string_view identifier;
  bool critical;
  std::vector<std::uint8_t> value;
};
/// basicConstraints (§4.2.1.9) and extKeyUsage (§4.2.1.12).
std::vector<Extension> extensions_of(CertificateRequest::Use use);

}  // namespace handwave::tls
