#include "tls/context.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "tls/context_parts.hpp"
#include "tls/server_name.hpp"
#include "tls/suites.hpp"

namespace handwave::tls {
namespace {

[[noreturn]] void refuse(TlsError error, const char* why) { throw std::system_error(error, why); }

/// Passes what Mbed TLS says of memory on.
void check(int result, const char* attempt) {
  if (result == 0) return;
  refuse(result == MBEDTLS_ERR_SSL_ALLOC_FAILED ? TlsError::out_of_memory : TlsError::internal, attempt);
}

mbedtls_ssl_protocol_version number_of(Version version) {
  return version == Version::tls1_2 ? MBEDTLS_SSL_VERSION_TLS1_2 : MBEDTLS_SSL_VERSION_TLS1_3;
}

/// Versions, and the suites that go with them.
template <class Options>
void set_versions(Configuration& configuration, const Options& options) {
  if (options.lowest > options.highest) refuse(TlsError::no_common_version, "TLS: lowest version above the highest");
  if (options.teach_static_rsa && options.lowest > Version::tls1_2) {
    refuse(TlsError::no_common_version, "TLS: the static RSA key exchange is of TLS 1.2 and older");
  }
  configuration.lowest = options.lowest;
  configuration.highest = options.teach_static_rsa ? Version::tls1_2 : options.highest;
  mbedtls_ssl_config* mbed = configuration.mbed.get();
  mbedtls_ssl_conf_min_tls_version(mbed, number_of(configuration.lowest));
  mbedtls_ssl_conf_max_tls_version(mbed, number_of(configuration.highest));
  mbedtls_ssl_conf_ciphersuites(mbed, (options.teach_static_rsa ? static_rsa_suites() : modern_suites()).data());
}

/// RFC 7301 §3.1: a name is 1 to 255 octets.
void set_protocols(Configuration& configuration, std::vector<std::string>&& protocols) {
  configuration.protocols = std::move(protocols);
  if (configuration.protocols.empty()) return;
  for (const std::string& protocol : configuration.protocols) configuration.protocol_list.push_back(protocol.c_str());
  configuration.protocol_list.push_back(nullptr);
  if (mbedtls_ssl_conf_alpn_protocols(configuration.mbed.get(), configuration.protocol_list.data()) != 0) {
    refuse(TlsError::no_common_protocol, "TLS: the name of an application protocol is empty or too long");
  }
}

/// What a server and a client set alike.
template <class Options>
void configure(Configuration& configuration, int side, Options& options) {
  initialise_cryptography();
  if (!options.random) refuse(TlsError::internal, "TLS: a source of random octets is needed");
  mbedtls_ssl_config* mbed = configuration.mbed.get();
  check(mbedtls_ssl_config_defaults(mbed, side, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
        "TLS: cannot set up");
  configuration.random = std::move(options.random);
  configuration.key_log = std::move(options.key_log);
  configuration.records_per_key = options.records_per_key;
  mbedtls_ssl_conf_rng(mbed, draw, &configuration.random);
  set_versions(configuration, options);
  set_protocols(configuration, std::move(options.protocols));
  mbedtls_ssl_conf_groups(mbed, groups().data());
  mbedtls_ssl_conf_sig_algs(mbed, signature_schemes().data());
  // A resumed session makes new keys with ECDHE too, for forward secrecy (RFC 8446 §2.2, RFC 9325 §7.3).
  mbedtls_ssl_conf_tls13_key_exchange_modes(mbed, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
  mbedtls_ssl_conf_renegotiation(mbed, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
}

/// Mbed TLS verifies the client's certificate, and Session::Parts::refuses_client() decides: left to refuse by itself,
/// Mbed TLS sends the alert no_certificate, which TLS 1.3 does not have (RFC 8446 §4.4.2.4 wants certificate_required).
void set_client_authorities(Configuration& configuration, const Authorities& authorities) {
  configuration.client_must_prove = true;
  mbedtls_ssl_conf_authmode(configuration.mbed.get(), MBEDTLS_SSL_VERIFY_OPTIONAL);
  mbedtls_ssl_conf_ca_chain(configuration.mbed.get(), authorities.parts().certificates.get(), nullptr);
}

}  // namespace

ServerContext::Parts::Parts(ServerOptions&& options)
    : identities(std::move(options.identities)), client_authorities(std::move(options.client_authorities)) {
  if (identities.empty()) refuse(TlsError::no_certificate, "TLS: a server needs a certificate");
  if (options.teach_static_rsa && std::ranges::none_of(identities, &Identity::is_rsa)) {
    refuse(TlsError::no_common_parameters, "TLS: the static RSA key exchange needs an RSA certificate");
  }
  configure(*this, MBEDTLS_SSL_IS_SERVER, options);
  for (const Identity& identity : identities_by_default(identities)) {
    check(mbedtls_ssl_conf_own_cert(mbed.get(), identity.parts().chain.get(), identity.parts().key.get()),
          "TLS: cannot use a certificate");
  }
  mbedtls_ssl_conf_sni(mbed.get(), serve_name, this);
  mbedtls_ssl_conf_authmode(mbed.get(), MBEDTLS_SSL_VERIFY_NONE);
  if (client_authorities) set_client_authorities(*this, *client_authorities);

  if (!options.ticket_lifetime) {
    mbedtls_ssl_conf_session_tickets(mbed.get(), MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    mbedtls_ssl_conf_new_session_tickets(mbed.get(), 0);
    return;
  }
  constexpr std::chrono::days longest{7};  // RFC 8446 §4.6.1
  if (*options.ticket_lifetime < std::chrono::seconds{1} || *options.ticket_lifetime > longest) {
    refuse(TlsError::internal, "TLS: session tickets are good for a second at least and seven days at most");
  }
  tickets = std::make_unique<Tickets>(mbed.get(), *options.ticket_lifetime, random);
}

ClientContext::Parts::Parts(ClientOptions&& options)
    : authorities(std::move(options.authorities)), identity(std::move(options.identity)) {
  configure(*this, MBEDTLS_SSL_IS_CLIENT, options);
  // RFC 5746 §4.1: a server without secure renegotiation may be half of an attack; none is left that must be reached.
  mbedtls_ssl_conf_legacy_renegotiation(mbed.get(), MBEDTLS_SSL_LEGACY_BREAK_HANDSHAKE);
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(mbed.get(),
                                                           MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
  mbedtls_ssl_conf_authmode(mbed.get(), authorities ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
  if (authorities) mbedtls_ssl_conf_ca_chain(mbed.get(), authorities->parts().certificates.get(), nullptr);
  if (identity) {
    check(mbedtls_ssl_conf_own_cert(mbed.get(), identity->parts().chain.get(), identity->parts().key.get()),
          "TLS: cannot use the client's certificate");
  }
}

ServerContext::ServerContext(ServerOptions options) : parts_(std::make_shared<Parts>(std::move(options))) {}
ClientContext::ClientContext(ClientOptions options) : parts_(std::make_shared<Parts>(std::move(options))) {}

}  // namespace handwave::tls
