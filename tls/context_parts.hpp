// What stands behind a ServerContext and a ClientContext: Mbed TLS's configuration, and everything that it points to.
#pragma once

#include <mbedtls/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/context.hpp"
#include "tls/mbed.hpp"
#include "tls/tickets.hpp"

namespace handwave::tls {

/// What both sides have. It stays where it is, since Mbed TLS keeps pointers into it.
struct Configuration {
  Owned<mbedtls_ssl_config, mbedtls_ssl_config_init, mbedtls_ssl_config_free> mbed;
  Random random;
  KeyLog key_log;
  std::vector<std::string> protocols;
  std::vector<const char*> protocol_list;  ///< the same for Mbed TLS, which wants a null at the end
  std::uint64_t records_per_key = 0;
  std::unique_ptr<Tickets> tickets;  ///< a server's, if it gives any
  bool client_must_prove = false;    ///< a server's: who it is, with a certificate, or a ticket that it got for one
  Version lowest = Version::tls1_2;
  Version highest = Version::tls1_3;
};

struct ServerContext::Parts : Configuration {
  explicit Parts(ServerOptions&& options);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  std::vector<Identity> identities;
  std::optional<Authorities> client_authorities;
};

struct ClientContext::Parts : Configuration {
  explicit Parts(ClientOptions&& options);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  std::optional<Authorities> authorities;
  std::optional<Identity> identity;
};

}  // namespace handwave::tls
