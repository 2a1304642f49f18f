// What `handwave serve` lets its caller choose of HTTPS, checked and made into a TLS context.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/address.hpp"
#include "tls/context.hpp"

namespace handwave {

/// As it was typed.
struct HttpsOptions {
  std::int64_t port = 0;                  ///< 0: not served
  std::vector<std::string> certificates;  ///< PEM files, a key for each; none: a certificate is made on the spot
  std::vector<std::string> keys;
  std::vector<std::string> names;  ///< DNS names for the certificate that is made, beside the addresses
  std::string certificate_out;     ///< where to write that
  std::string client_authorities;  ///< if set, clients must show a certificate signed by one of these
  std::string key_log;             ///< where to write the secrets; empty: nowhere
  bool strict_transport = false;   ///< HSTS (RFC 6797)
  bool redirect_http = false;      ///< plain HTTP is sent on to HTTPS
  bool teach_static_rsa = false;
};

/// Throws UsageError if what was asked for contradicts itself, or makes no sense without --https.
void check(const HttpsOptions& options, bool http_served);

/// The context of the server, and what its user should be told: certificates made, warnings.
struct HttpsSetup {
  tls::ServerContext context;
  std::string announcement;
};
/// For a server at these addresses. Throws UsageError and SystemError with one line that says what is wrong.
HttpsSetup set_up_https(const HttpsOptions& options, const std::vector<AddressPrefix>& addresses, tls::KeyLog key_log);

}  // namespace handwave
