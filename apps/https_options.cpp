#include "apps/https_options.hpp"

#include <fmt/format.h>

#include <utility>

#include "apps/certificate_files.hpp"
#include "apps/usage_error.hpp"
#include "tun/entropy.hpp"

namespace handwave {
namespace {

/// The certificate for the served addresses and names; browsers warn of it, curl wants it by --cacert.
tls::Identity make_and_announce(const HttpsOptions& options, const std::vector<AddressPrefix>& addresses,
                                std::string& announcement) {
  std::vector<std::string> names = options.names;
  for (const AddressPrefix& prefix : addresses) names.push_back(prefix.address.to_string());
  using Key = tls::CertificateRequest::Key;
  const OwnIdentity own = make_own_identity(names, options.teach_static_rsa ? Key::rsa_2048 : Key::ecdsa_p256);
  announcement += fmt::format("  certificate made on the spot, SHA-256 {}\n", own.identity.fingerprint());
  if (!options.certificate_out.empty()) {
    write_file(options.certificate_out, own.certificate_pem, false);
    announcement += fmt::format("  certificate written to {}\n", options.certificate_out);
  }
  return own.identity;
}

std::vector<tls::Identity> identities(const HttpsOptions& options, const std::vector<AddressPrefix>& addresses,
                                      std::string& announcement) {
  std::vector<tls::Identity> all;
  all.reserve(options.certificates.size() + 1);
  for (std::size_t i = 0; i < options.certificates.size(); ++i)
    all.push_back(load_identity(options.certificates[i], options.keys[i]));
  if (all.empty()) all.push_back(make_and_announce(options, addresses, announcement));
  if (options.teach_static_rsa) {
    std::erase_if(all, [](const tls::Identity& identity) { return !identity.is_rsa(); });
    if (all.empty())
      throw UsageError("--teach-static-rsa needs an RSA certificate, and none of those given by --cert is one");
  }
  return all;
}

}  // namespace

void check(const HttpsOptions& options, bool http_served) {
  if (options.certificates.size() != options.keys.size())
    throw UsageError(fmt::format("{} --cert and {} --key: each certificate needs its key", options.certificates.size(),
                                 options.keys.size()));
  if (!options.certificates.empty() && !(options.certificate_out.empty() && options.names.empty()))
    throw UsageError("--cert-out and --cert-name are for a certificate made on the spot, and --cert gives one already");
  const bool any = !options.certificates.empty() || !options.names.empty() || !options.certificate_out.empty() ||
                   !options.client_authorities.empty() || !options.key_log.empty() || options.strict_transport ||
                   options.redirect_http || options.teach_static_rsa;
  if (any && options.port == 0) throw UsageError("options for HTTPS, but no port for it: add --https 443");
  if (options.redirect_http && !http_served)
    throw UsageError("--redirect-http redirects plain HTTP, which --http 0 turns off");
}

HttpsSetup set_up_https(const HttpsOptions& options, const std::vector<AddressPrefix>& addresses, tls::KeyLog key_log) {
  std::string announcement;
  tls::ServerOptions server;
  server.identities = identities(options, addresses, announcement);
  if (!options.client_authorities.empty()) server.client_authorities = load_authorities(options.client_authorities);
  server.teach_static_rsa = options.teach_static_rsa;
  server.random = machine_random;
  server.key_log = std::move(key_log);
  if (options.teach_static_rsa)
    announcement += "  WARNING: static RSA for teaching: whoever gets the key can read every recorded connection\n";
  return {tls::ServerContext{std::move(server)}, std::move(announcement)};
}

}  // namespace handwave
