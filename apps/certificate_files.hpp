// Certificates and keys as files: those that the user names, the machine's own authorities, and what is made on the
// spot.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tls/certificate.hpp"

namespace handwave {

// All of these throw UsageError or SystemError with one line that says which file, what is wrong with it, and what to
// do.

/// The certificate, the chain that follows it, and its private key. Both may be in one file.
tls::Identity load_identity(const std::string& certificate_file, const std::string& key_file);
/// All the certificates of a file, to be trusted.
tls::Authorities load_authorities(const std::string& file);
/// Those whom the machine trusts: the file that SSL_CERT_FILE names, else the bundle where a distribution puts it.
tls::Authorities system_authorities();

struct OwnIdentity {
  tls::Identity identity;
  std::string certificate_pem;
};
/// A certificate that is signed by itself, good from an hour ago for 30 days, for DNS names and IP addresses.
OwnIdentity make_own_identity(const std::vector<std::string>& names, tls::CertificateRequest::Key key);

/// The request for a certificate with these names, each once, good from an hour ago for so many days; the first name
/// that fits is its common name, else `otherwise`. Throws UsageError for a name that is none.
tls::CertificateRequest certificate_request(const std::vector<std::string>& names, const std::string& otherwise,
                                            int days);

enum class Overwrite : bool { no, yes };
/// Writes the file; a private one is its owner's alone (mode 0600).
void write_file(const std::string& name, std::string_view text, bool is_private, Overwrite overwrite = Overwrite::yes);
/// All of a file, which is no longer than PEM files are, and may hold a key. `what` says what it is: "the certificate".
tls::SecretText read_file(const std::string& what, const std::string& name);

}  // namespace handwave
