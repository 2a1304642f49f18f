#include "tls/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "tls/alert.hpp"

namespace handwave::tls {
namespace {

/// Where the alerts of the peer begin among the codes: above every TlsError, and above every octet.
constexpr int first_alert = 256;

struct Description {
  TlsError error;
  const char* text;
};

constexpr std::array descriptions = {
    Description{TlsError::no_certificate, "there is no PEM certificate in it"},
    Description{TlsError::bad_certificate, "it is not a certificate that can be read"},
    Description{TlsError::no_key, "there is no PEM private key in it"},
    Description{TlsError::bad_key, "it is not a private key that can be used: RSA, or ECDSA on P-256, P-384 or P-521"},
    Description{TlsError::key_encrypted, "the private key is encrypted with a password: decrypt it first"},
    Description{TlsError::key_mismatch, "the private key does not belong to the certificate"},
    Description{TlsError::not_tls, "the peer does not speak TLS"},
    Description{TlsError::truncated, "the connection ended without close_notify: data may be missing"},
    Description{TlsError::closed, "our side of the TLS connection is closed"},
    Description{TlsError::no_common_version, "no version of TLS in common with the peer"},
    Description{TlsError::no_common_parameters,
                "nothing in common with the peer: no cipher suite, group or signature scheme"},
    Description{TlsError::no_common_protocol, "no application protocol in common with the peer (ALPN)"},
    Description{TlsError::bad_record, "a record is damaged or forged"},
    Description{TlsError::unexpected_message, "a message that has no place here"},
    Description{TlsError::malformed_message, "a message that breaks the rules of TLS"},
    Description{TlsError::keys_exhausted, "as many records were sent as one key may protect: open a new connection"},
    Description{TlsError::signature_mismatch, "the peer's signature is not by the key of its certificate"},
    Description{TlsError::handshake_failed, "the TLS handshake failed"},
    Description{TlsError::certificate_missing, "the peer showed no certificate, and one is required"},
    Description{TlsError::certificate_expired, "the certificate has expired"},
    Description{TlsError::certificate_not_yet_valid, "the certificate is not valid yet"},
    Description{TlsError::certificate_name_mismatch, "the certificate is for another name"},
    Description{TlsError::certificate_unknown_authority,
                "the certificate is signed by an authority that is not trusted"},
    Description{TlsError::certificate_self_signed, "the certificate is signed by itself and not trusted"},
    Description{TlsError::certificate_wrong_use, "the certificate is not meant for this use"},
    Description{TlsError::certificate_revoked, "the certificate has been revoked"},
    Description{TlsError::certificate_weak, "the certificate relies on a hash, key or curve that is too weak"},
    Description{TlsError::certificate_invalid, "the certificate is not valid"},
    Description{TlsError::out_of_memory, "out of memory"},
    Description{TlsError::internal, "an internal error in TLS"},
};

const char* describe(TlsError error) {
  const auto* found = std::ranges::find(descriptions, error, &Description::error);
  return found == descriptions.end() ? "unknown TLS error" : found->text;
}

class TlsErrorCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tls"; }

  [[nodiscard]] std::string message(int value) const override {
    if (value < first_alert) return describe(static_cast<TlsError>(value));
    const auto alert = static_cast<Alert>(value - first_alert);
    return fmt::format("the peer refused with the alert {} ({})", name_of(alert), value - first_alert);
  }

  [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<TlsError>(value)) {
      case TlsError::out_of_memory:
        return std::errc::not_enough_memory;
      case TlsError::truncated:
        return std::errc::connection_aborted;
      case TlsError::closed:
        return std::errc::broken_pipe;
      default:
        return std::errc::protocol_error;
    }
  }
};

}  // namespace

const std::error_category& tls_error_category() {
  static const TlsErrorCategory category;
  return category;
}

std::error_code alert_received(std::uint8_t description) { return {first_alert + description, tls_error_category()}; }

bool is_alert(std::error_code error) {
  return error.category() == tls_error_category() && error.value() >= first_alert;
}

bool is_certificate_error(std::error_code error) {
  return error.category() == tls_error_category() && error.value() >= static_cast<int>(TlsError::certificate_missing) &&
         error.value() <= static_cast<int>(TlsError::certificate_invalid);
}

}  // namespace handwave::tls
