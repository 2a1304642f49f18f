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

using enum TlsError;

struct Description {
  TlsError error;
  const char* text;
};

constexpr std::array descriptions = {
    Description{no_certificate, "there is no PEM certificate in it"},
    Description{bad_certificate, "it is not a certificate that can be read"},
    Description{no_key, "there is no PEM private key in it"},
    Description{bad_key, "it is not a private key that can be used: RSA, or ECDSA on P-256, P-384 or P-521"},
    Description{key_encrypted, "the private key is encrypted with a password: decrypt it first"},
    Description{key_mismatch, "the private key does not belong to the certificate"},
    Description{not_tls, "the peer does not speak TLS"},
    Description{truncated, "the connection ended without close_notify: data may be missing"},
    Description{closed, "our side of the TLS connection is closed"},
    Description{no_common_version, "no version of TLS in common with the peer"},
    Description{no_common_parameters, "nothing in common with the peer: no cipher suite, group or signature scheme"},
    Description{no_common_protocol, "no application protocol in common with the peer (ALPN)"},
    Description{bad_record, "a record is damaged or forged"},
    Description{unexpected_message, "a message that has no place here"},
    Description{malformed_message, "a message that breaks the rules of TLS"},
    Description{keys_exhausted, "as many records were sent as one key may protect: open a new connection"},
    Description{handshake_failed, "the TLS handshake failed"},
    Description{certificate_missing, "the peer showed no certificate, and one is required"},
    Description{certificate_expired, "the certificate has expired"},
    Description{certificate_not_yet_valid, "the certificate is not valid yet"},
    Description{certificate_name_mismatch, "the certificate is for another name"},
    Description{certificate_unknown_authority, "the certificate is signed by an authority that is not trusted"},
    Description{certificate_self_signed, "the certificate is signed by itself and not trusted"},
    Description{certificate_wrong_use, "the certificate is not meant for this use"},
    Description{certificate_revoked, "the certificate has been revoked"},
    Description{certificate_weak, "the certificate relies on a hash, key or curve that is too weak"},
    Description{certificate_invalid, "the certificate is not valid"},
    Description{out_of_memory, "out of memory"},
    Description{internal, "an internal error in TLS"},
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
      case out_of_memory:
        return std::errc::not_enough_memory;
      case truncated:
        return std::errc::connection_aborted;
      case closed:
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
