// Certificates and keys: read from PEM, or made on the spot. RFC 5280 (profile), RFC 7468 (PEM), RFC 5958/5915 (keys).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/error.hpp"
#include "tls/secret_text.hpp"

namespace handwave::tls {

/// Who we are: a certificate, the chain above it, and the private key. Copies share it; it never changes.
class Identity {
 public:
  /// `chain` is one or more PEM certificates, the leaf first; `key` is the leaf's private key in PEM, not encrypted.
  /// Errors: no_certificate, bad_certificate, no_key, bad_key, key_encrypted, key_mismatch.
  static std::expected<Identity, std::error_code> from_pem(std::string_view chain, std::string_view key);

  /// SHA-256 of the leaf's DER, as browsers show it: "AB:CD:...", 32 octets.
  [[nodiscard]] std::string fingerprint() const;
  /// Is the key RSA? Else it is ECDSA.
  [[nodiscard]] bool is_rsa() const;
  /// True if the leaf is for this DNS name (RFC 6125 §6.4, a wildcard for one label), without regard to case.
  [[nodiscard]] bool covers(std::string_view name) const;
  /// The last second in which the leaf is valid.
  [[nodiscard]] std::chrono::sys_seconds not_after() const;

  struct Parts;  ///< Mbed TLS's objects: tls/mbed.hpp
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  explicit Identity(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// Whom we trust: a set of certificates that may sign others. Copies share it.
class Authorities {
 public:
  /// All the PEM certificates in `text`; those that cannot be read are skipped unless none can. Errors: no_certificate,
  /// bad_certificate.
  static std::expected<Authorities, std::error_code> from_pem(std::string_view text);
  [[nodiscard]] std::size_t size() const;

  struct Parts;
  [[nodiscard]] const Parts& parts() const { return *parts_; }

 private:
  explicit Authorities(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// What a certificate is to say.
struct CertificateRequest {
  enum class Key : std::uint8_t { ecdsa_p256, rsa_2048 };
  enum class Use : std::uint8_t { server, client, authority };

  std::string common_name;         ///< UTF-8
  std::vector<std::string> names;  ///< subjectAltName: DNS names, and IP addresses as text ("192.0.2.2", "2001:db8::2")
  Key key = Key::ecdsa_p256;
  Use use = Use::server;
  std::chrono::sys_seconds not_before{};
  std::chrono::sys_seconds not_after{};
};

/// A certificate with its key, as PEM.
struct MadeCertificate {
  std::string certificate;  ///< the leaf alone
  SecretText key;
};

/// Signed with its own key. Errors: std::errc::invalid_argument if the request makes no sense (a name that is none, a
/// common name that is empty or has more than 64 characters, an end before the beginning); internal. Throws what
/// Random throws.
std::expected<MadeCertificate, std::error_code> make_self_signed(const CertificateRequest& request,
                                                                 const Random& random);
/// Signed with `authority`'s key. More errors: certificate_wrong_use if that is no authority, and those of
/// Identity::from_pem for it.
std::expected<MadeCertificate, std::error_code> make_signed(const CertificateRequest& request,
                                                            const MadeCertificate& authority, const Random& random);
/// A PKCS#10 request (RFC 2986) for that certificate, signed with `key` (PEM). More errors: no_key, bad_key,
/// key_encrypted.
std::expected<std::string, std::error_code> make_signing_request(const CertificateRequest& request,
                                                                 std::string_view key, const Random& random);

}  // namespace handwave::tls
