// What Mbed TLS 3.6 knows of a session and has no function to tell. It stands here alone, so that a newer Mbed TLS
// changes this file and no other: 4.1 has mbedtls_ssl_get_fatal_alert.
#pragma once

#include <mbedtls/ssl.h>

#include <optional>

#include "tls/alert.hpp"

namespace handwave::tls {

/// The step of the handshake that comes next (mbedtls_ssl_states).
inline int handshake_state(const mbedtls_ssl_context& ssl) { return ssl.MBEDTLS_PRIVATE(state); }

/// The alert that was read last, if that is what was read last: octet 0 is its level, octet 1 its description.
inline std::optional<Alert> alert_read(const mbedtls_ssl_context& ssl) {
  if (ssl.MBEDTLS_PRIVATE(in_msgtype) != MBEDTLS_SSL_MSG_ALERT || ssl.MBEDTLS_PRIVATE(in_msg) == nullptr) return {};
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
