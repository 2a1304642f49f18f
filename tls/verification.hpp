// What is wrong with the peer's certificate, as a code and in a sentence: RFC 5280 §6, RFC 6125 §6, RFC 8446 §4.4.2.
#pragma once

#include <mbedtls/x509_crt.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/alert.hpp"
#include "tls/bytes.hpp"
#include "tls/error.hpp"

namespace handwave::tls {

/// Follows Mbed TLS as it verifies a chain, and keeps what people want to know when it fails: by the time it says so,
/// the certificates are gone.
class Verification {
 public:
  /// `expected` is the name or address that the certificate must be for; empty: any (a client's certificate).
  explicit Verification(std::string_view expected);

  /// For every certificate of the chain, from the top (the greatest `depth`) to the peer's own (0), with what Mbed TLS
  /// found wrong with it. Adds a mismatch of the address, which Mbed TLS is not asked about (see names()).
  void judge(const mbedtls_x509_crt& certificate, int depth, std::uint32_t& flags);

  /// The worst of `flags`, all of the chain's (MBEDTLS_X509_BADCERT_...).
  [[nodiscard]] TlsError error(std::uint32_t flags) const;
  /// The same with its particulars: "the certificate expired on 2025-01-31".
  [[nodiscard]] std::string sentence(std::uint32_t flags) const;

 private:
  std::string expected_;
  std::optional<std::vector<std::uint8_t>> address_;
  bool self_signed_ = false;
  std::string issuer_;   ///< of the last certificate of the chain that the peer sent
  std::string expired_;  ///< "the certificate expired on ...", or an authority's
  std::string not_yet_;  ///< likewise
  std::string names_;    ///< what the certificate is for
};

/// The alert that tells the peer (RFC 8446 §6.2).
Alert alert_for(TlsError certificate_error, bool tls1_3);

/// The names and addresses of a certificate's subjectAltName, or else its common name, for a person to read: at most
/// three.
std::string names_of(const mbedtls_x509_crt& certificate);

}  // namespace handwave::tls
