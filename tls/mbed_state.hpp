// What Mbed TLS 3.6 knows of a session and has no function to tell. It stands here alone, so that a newer Mbed TLS
// changes this file and no other: 4.1 has mbedtls_ssl_get_fatal_alert.
#pragma once

#include <mbedtls/ssl.h>

#include <optional>

#include "tls/alert.hpp"

namespace handwave::tls {

/// The step of the handshake that comes next (mbedtls_ssl_states).
inline int handshake_state(const mbedtls_ssl_context& ssl) { return ssl.MBEDTLS_PRIVATE(state); }

/// Was an alert the last that was read?
inline bool read_alert(const mbedtls_ssl_context& ssl) {
  return ssl.MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_ALERT;
}
/// That alert: octet 0 is its level, octet 1 its description. Only where Mbed TLS found it to be that long.
inline std::optional<Alert> alert_read(const mbedtls_ssl_context& ssl) {
  if (!read_alert(ssl)) return std::nullopt;
  return static_cast<Alert>(ssl.MBEDTLS_PRIVATE(in_msg)[1]);
}

/// Has the session anything to be resumed by: a ticket, or (TLS 1.2) an identifier?
inline bool resumable(const mbedtls_ssl_session& session) {
  return session.MBEDTLS_PRIVATE(ticket_len) != 0 || session.MBEDTLS_PRIVATE(id_len) != 0;
}
inline mbedtls_ssl_protocol_version version_of(const mbedtls_ssl_session& session) {
  return session.MBEDTLS_PRIVATE(tls_version);
}

}  // namespace handwave::tls
