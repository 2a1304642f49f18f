// What Mbed TLS 3.6 knows of a session and has no function to tell. It stands here alone, so that a newer Mbed TLS
// changes this file and no other: 4.1 has mbedtls_ssl_get_fatal_alert.
#pragma once

#include <mbedtls/ssl.h>

#include <algorithm>
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

/// RFC 8446 §4.4.4, §A.2: once a server of TLS 1.3 has sent its Finished, it protects what it sends with the keys for
/// application data. Mbed TLS changes to them only after the client's Finished, which a refusal of the client's
/// certificate would not wait for: the client could not read the alert.
inline void send_with_application_keys(mbedtls_ssl_context& ssl) {
  ssl.MBEDTLS_PRIVATE(transform_out) = ssl.MBEDTLS_PRIVATE(transform_application);
  std::ranges::fill(ssl.MBEDTLS_PRIVATE(cur_out_ctr), 0);
}

/// Ends a server's handshake of TLS 1.3 before the step that would send tickets, as Mbed TLS does if there are none.
inline void leave_out_tickets(mbedtls_ssl_context& ssl) { ssl.MBEDTLS_PRIVATE(state) = MBEDTLS_SSL_HANDSHAKE_OVER; }

/// Has the server sent a ticket with it?
inline bool has_ticket(const mbedtls_ssl_session& session) { return session.MBEDTLS_PRIVATE(ticket_len) != 0; }
inline mbedtls_ssl_protocol_version version_of(const mbedtls_ssl_session& session) {
  return session.MBEDTLS_PRIVATE(tls_version);
}

}  // namespace handwave::tls
