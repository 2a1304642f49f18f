#include "tls/alert.hpp"

#include <algorithm>
#include <array>

namespace handwave::tls {
namespace {

using enum Alert;

struct Name {
  Alert alert;
  std::string_view text;
};

constexpr std::array names = {
    Name{close_notify, "close_notify"},
    Name{unexpected_message, "unexpected_message"},
    Name{bad_record_mac, "bad_record_mac"},
    Name{record_overflow, "record_overflow"},
    Name{handshake_failure, "handshake_failure"},
    Name{bad_certificate, "bad_certificate"},
    Name{unsupported_certificate, "unsupported_certificate"},
    Name{certificate_revoked, "certificate_revoked"},
    Name{certificate_expired, "certificate_expired"},
    Name{certificate_unknown, "certificate_unknown"},
    Name{illegal_parameter, "illegal_parameter"},
    Name{unknown_ca, "unknown_ca"},
    Name{access_denied, "access_denied"},
    Name{decode_error, "decode_error"},
    Name{decrypt_error, "decrypt_error"},
    Name{protocol_version, "protocol_version"},
    Name{insufficient_security, "insufficient_security"},
    Name{internal_error, "internal_error"},
    Name{inappropriate_fallback, "inappropriate_fallback"},
    Name{user_canceled, "user_canceled"},
    Name{no_renegotiation, "no_renegotiation"},
    Name{missing_extension, "missing_extension"},
    Name{unsupported_extension, "unsupported_extension"},
    Name{unrecognized_name, "unrecognized_name"},
    Name{bad_certificate_status_response, "bad_certificate_status_response"},
    Name{unknown_psk_identity, "unknown_psk_identity"},
    Name{certificate_required, "certificate_required"},
    Name{no_application_protocol, "no_application_protocol"},
};

}  // namespace

std::string_view name_of(Alert alert) {
  const auto* found = std::ranges::find(names, alert, &Name::alert);
  return found == names.end() ? "unknown" : found->text;
}

}  // namespace handwave::tls
