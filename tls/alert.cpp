#include "tls/alert.hpp"

#include <algorithm>
#include <array>

namespace handwave::tls {
namespace {

struct AlertName {
  Alert alert;
  std::string_view text;
};

constexpr std::array alert_names = {
    AlertName{Alert::close_notify, "close_notify"},
    AlertName{Alert::unexpected_message, "unexpected_message"},
    AlertName{Alert::bad_record_mac, "bad_record_mac"},
    AlertName{Alert::record_overflow, "record_overflow"},
    AlertName{Alert::handshake_failure, "handshake_failure"},
    AlertName{Alert::bad_certificate, "bad_certificate"},
    AlertName{Alert::unsupported_certificate, "unsupported_certificate"},
    AlertName{Alert::certificate_revoked, "certificate_revoked"},
    AlertName{Alert::certificate_expired, "certificate_expired"},
    AlertName{Alert::certificate_unknown, "certificate_unknown"},
    AlertName{Alert::illegal_parameter, "illegal_parameter"},
    AlertName{Alert::unknown_ca, "unknown_ca"},
    AlertName{Alert::access_denied, "access_denied"},
    AlertName{Alert::decode_error, "decode_error"},
    AlertName{Alert::decrypt_error, "decrypt_error"},
    AlertName{Alert::protocol_version, "protocol_version"},
    AlertName{Alert::insufficient_security, "insufficient_security"},
    AlertName{Alert::internal_error, "internal_error"},
    AlertName{Alert::inappropriate_fallback, "inappropriate_fallback"},
    AlertName{Alert::user_canceled, "user_canceled"},
    AlertName{Alert::no_renegotiation, "no_renegotiation"},
    AlertName{Alert::missing_extension, "missing_extension"},
    AlertName{Alert::unsupported_extension, "unsupported_extension"},
    AlertName{Alert::unrecognized_name, "unrecognized_name"},
    AlertName{Alert::bad_certificate_status_response, "bad_certificate_status_response"},
    AlertName{Alert::unknown_psk_identity, "unknown_psk_identity"},
    AlertName{Alert::certificate_required, "certificate_required"},
    AlertName{Alert::no_application_protocol, "no_application_protocol"},
};

}  // namespace

std::string_view name_of(Alert alert) {
  const auto* found = std::ranges::find(alert_names, alert, &AlertName::alert);
  return found == alert_names.end() ? "unknown" : found->text;
}

}  // namespace handwave::tls
