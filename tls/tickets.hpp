// Session tickets, a server's side: RFC 5077, RFC 8446 §4.6.1. The session's state travels, sealed, with the client.
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

#include <chrono>
#include <string>

#include "tls/bytes.hpp"
#include "tls/mbed.hpp"

namespace handwave::tls {

/// Seals tickets with AES-256-GCM under a key of its own, which changes with every lifetime; the one before still
/// opens. A key is gone two lifetimes after it was made, and with it what a thief of it could read (RFC 9325 §3.4).
class Tickets {
 public:
  /// `random` and this stay where they are while `config` is used. Throws std::system_error.
  Tickets(mbedtls_ssl_config* config, std::chrono::seconds lifetime, Random& random);

  /// The name that the client of the session in hand asks for. A ticket opens only under the name that it was sealed
  /// under: RFC 6066 §3 forbids to resume a session for another.
  void serve(std::string_view name) {
    name_ = name;
    opened_ = false;
  }
  /// Since then a ticket was opened: it is ours, not too old, and of a session with that name.
  [[nodiscard]] bool opened() const { return opened_; }

 private:
  static int seal(void* tickets, const mbedtls_ssl_session* session, unsigned char* begin, const unsigned char* end,
                  std::size_t* size, std::uint32_t* lifetime);
  static int open(void* tickets, mbedtls_ssl_session* session, unsigned char* ticket, std::size_t size);

  Owned<mbedtls_ssl_ticket_context, mbedtls_ssl_ticket_init, mbedtls_ssl_ticket_free> context_;
  std::string name_;
  bool opened_ = false;
};

}  // namespace handwave::tls
