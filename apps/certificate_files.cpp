#include "apps/certificate_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "apps/usage_error.hpp"
#include "tls/host_name.hpp"
#include "tun/clock.hpp"
#include "tun/entropy.hpp"
#include "tun/file_descriptor.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

using tls::TlsError;

/// A distribution's bundle has a quarter of this; what is longer is no PEM file.
constexpr std::size_t longest_file = std::size_t{1} << 20;

/// Clocks differ: a certificate that is good from this very second is refused by whoever is slow.
constexpr std::chrono::hours head_start{1};
constexpr int own_days = 30;
constexpr std::size_t longest_common_name = 64;  // RFC 5280 appendix A: ub-common-name

/// Where the bundle of authorities is: Debian, Fedora, older Fedora, openSUSE, Alpine.
constexpr std::array system_bundles = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

UsageError unreadable(const std::string& what, const std::string& name, const std::string& reason) {
  return UsageError(fmt::format("cannot read {} {}: {}", what, name, reason));
}

bool is_about_key(std::error_code error) {
  return error == TlsError::no_key || error == TlsError::bad_key || error == TlsError::key_encrypted;
}

tls::Authorities authorities_in(const std::string& what, const std::string& file) {
  const auto authorities = tls::Authorities::from_pem(read_file(what, file));
  if (!authorities) throw unreadable(what, file, authorities.error().message());
  return *authorities;
}

}  // namespace

tls::SecretText read_file(const std::string& what, const std::string& name) {
  const std::string attempt = fmt::format("read {} {}", what, name);
  const FileDescriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (!file) throw SystemError(attempt, errno);
  constexpr std::size_t part = 4096;
  tls::SecretText text;
  while (true) {
    const std::size_t had = text.size();
    text.resize(had + part);
    const ssize_t count = ::read(file.number(), text.data() + had, part);
    const int error = errno;
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && error != EINTR) throw SystemError(attempt, error);
    if (count == 0) return text;
    if (text.size() > longest_file) throw unreadable(what, name, "it is too long for a PEM file");
  }
}

void write_file(const std::string& name, std::string_view text, bool is_private, Overwrite overwrite) {
  const std::string attempt = "write " + name;
  const int how = overwrite == Overwrite::yes ? O_TRUNC : O_EXCL;
  const FileDescriptor file{
      ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | how, is_private ? 0600 : 0644)};
  if (!file) throw SystemError(attempt, errno);
  // A file that was there has kept its mode.
  if (is_private && ::fchmod(file.number(), 0600) != 0) throw SystemError("make " + name + " private", errno);
  while (!text.empty()) {
    const ssize_t count = ::write(file.number(), text.data(), text.size());
    if (count < 0 && errno != EINTR) throw SystemError(attempt, errno);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

tls::Identity load_identity(const std::string& certificate_file, const std::string& key_file) {
  const auto identity =
      tls::Identity::from_pem(read_file("the certificate", certificate_file), read_file("the key", key_file));
  if (identity) return *identity;
  const std::error_code error = identity.error();
  if (error == TlsError::key_mismatch)
    throw UsageError(fmt::format("the key {} is not that of the certificate {}, or of the first one in it", key_file,
                                 certificate_file));
  if (error == TlsError::key_encrypted)
    throw unreadable("the key", key_file,
                     fmt::format("it is encrypted; decrypt it with: openssl pkey -in {} -out NEW", key_file));
  throw is_about_key(error) ? unreadable("the key", key_file, error.message())
                            : unreadable("the certificate", certificate_file, error.message());
}

tls::Authorities load_authorities(const std::string& file) { return authorities_in("the certificate", file); }

tls::Authorities system_authorities() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return authorities_in("SSL_CERT_FILE", named);
  const auto* const bundle =
      std::ranges::find_if(system_bundles, [](const char* name) { return ::access(name, R_OK) == 0; });
  if (bundle == system_bundles.end())
    throw UsageError(
        "this machine has no bundle of authorities: install ca-certificates, or name one by SSL_CERT_FILE");
  return authorities_in("the certificates", *bundle);
}

tls::CertificateRequest certificate_request(const std::vector<std::string>& names, const std::string& otherwise,
                                            int days) {
  tls::CertificateRequest request;
  for (const std::string& name : names) {
    if (!tls::parse_address(name) && !tls::is_dns_name(name))
      throw UsageError(fmt::format("'{}' is no name for a certificate: it takes DNS names and IP addresses", name));
    if (std::ranges::find(request.names, name) == request.names.end()) request.names.push_back(name);
  }
  const auto fits =
      std::ranges::find_if(request.names, [](const auto& name) { return name.size() <= longest_common_name; });
  request.common_name = fits == request.names.end() ? otherwise : *fits;
  const auto now = std::chrono::floor<std::chrono::seconds>(wall_clock_now());
  request.not_before = now - head_start;
  request.not_after = now + std::chrono::days{days};
  return request;
}

OwnIdentity make_own_identity(const std::vector<std::string>& names, tls::CertificateRequest::Key key) {
  tls::CertificateRequest request = certificate_request(names, "handwave", own_days);
  request.key = key;
  const auto made = tls::make_self_signed(request, machine_random);
  if (!made) throw SystemError("make a certificate", made.error().message(), made.error());
  const auto identity = tls::Identity::from_pem(made->certificate, made->key);
  if (!identity) throw SystemError("make a certificate", identity.error().message(), identity.error());
  return {*identity, made->certificate};
}

}  // namespace handwave
