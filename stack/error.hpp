// What the user calls return when they cannot do what was asked, and why a connection ended: RFC 9293 §3.9.1, §3.10.
#pragma once

#include <system_error>

namespace handwave {

/// The RFC's own error texts stand in the category's messages; each compares equal to the nearest `std::errc`.
enum class TcpError {
  connection_refused = 1,        ///< a RST answered our SYN
  connection_reset,              ///< a RST ended the connection, MUST-12: not the same as a FIN
  connection_aborted,            ///< ABORT was called here
  connection_does_not_exist,     ///< the call names a connection that is closed and gone
  connection_already_exists,     ///< OPEN names a pair of sockets in use
  connection_closing,            ///< the call comes after CLOSE, or no more data will ever arrive
  user_timeout,                  ///< R2 or the user timeout ran out, "connection aborted due to user timeout"
  not_acknowledged,              ///< R1: retransmitted a few times, and the peer is silent; it goes on
  keep_alive_timeout,            ///< the peer answered none of the keep-alive probes
  host_unreachable,              ///< ICMP said so, as a hard or soft error
  protocol_unreachable,          ///< ICMP: no TCP over there
  port_unreachable,              ///< ICMP: no such port over there
  message_too_long,              ///< the path's MTU leaves no room for a segment
  foreign_endpoint_unspecified,  ///< OPEN active without a remote socket
  invalid_remote_address,        ///< MUST-46: OPEN to broadcast, multicast or the unspecified address
  address_not_available,         ///< the local address is not one of ours
  address_in_use,                ///< there is a listener there already
  no_free_port,                  ///< every ephemeral port to that remote socket is in use
  insufficient_resources,        ///< a configured limit was reached
  would_block,                   ///< no data yet, or no room yet: wait for the event
};

const std::error_category& tcp_error_category();

inline std::error_code make_error_code(TcpError error) { return {static_cast<int>(error), tcp_error_category()}; }

}  // namespace handwave

template <>
struct std::is_error_code_enum<handwave::TcpError> : std::true_type {};
