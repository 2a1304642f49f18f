#include "apps/cert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "apps/certificate_files.hpp"
#include "apps/usage_error.hpp"
#include "tls/certificate.hpp"
#include "tun/clock.hpp"
#include "tun/entropy.hpp"
#include "tun/system_error.hpp"

namespace handwave {
namespace {

namespace fs = std::filesystem;
using tls::CertificateRequest;
using tls::MadeCertificate;

CertificateRequest::Key key_of(const CertOptions& options) {
  return options.key == "rsa" ? CertificateRequest::Key::rsa_2048 : CertificateRequest::Key::ecdsa_p256;
}

std::string date_of(std::chrono::sys_seconds instant) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(instant)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

/// What a file is, for the list that is printed.
void report(const std::string& file, const std::string& what) { fmt::print("  {:<24} {}\n", file, what); }

template <class T>
T made(const char* what, std::expected<T, std::error_code> result) {
  if (!result) throw SystemError(fmt::format("make {}", what), result.error().message(), result.error());
  return *std::move(result);
}

// ---- The authority ----

struct Authority {
  MadeCertificate pem;
  std::chrono::sys_seconds not_after;
  bool is_new;
};

/// Certificates of different authorities are told apart by the authorities' names: hence a name that no other has.
std::string authority_name() {
  std::array<std::uint8_t, 4> octets{};
  machine_random(octets);
  return fmt::format("Handwave CA {:02x}", fmt::join(octets, ""));
}

/// The one whose files these are, or a new one if neither is there; then nothing is written yet.
Authority find_or_make_authority(const CertOptions& options, const std::string& file, const std::string& key_file) {
  const bool has_file = fs::exists(fs::symlink_status(file));
  if (has_file != fs::exists(fs::symlink_status(key_file)))
    throw UsageError(fmt::format("there is {} without {}: give both, or remove it for a new authority",
                                 has_file ? file : key_file, has_file ? key_file : file));
  if (has_file) {
    const tls::Identity identity = load_identity(file, key_file);
    return {{std::string{std::string_view{read_file("the certificate", file)}}, read_file("the key", key_file)},
            identity.not_after(),
            false};
  }
  CertificateRequest request = certificate_request({}, authority_name(), authority_days);
  request.use = CertificateRequest::Use::authority;
  request.key = key_of(options);
  return {made("an authority", tls::make_self_signed(request, machine_random)), request.not_after, true};
}

// ---- The leaf ----

CertificateRequest leaf_request(const CertOptions& options, const Authority& authority,
                                const std::string& authority_file) {
  static const std::vector<std::string> demo_names = {"192.0.2.2", "2001:db8::2", "localhost"};
  const bool is_demo = options.names.empty() && !options.client;
  CertificateRequest request = certificate_request(is_demo ? demo_names : options.names,
                                                   options.client ? "handwave client" : "handwave", options.days);
  request.use = options.client ? CertificateRequest::Use::client : CertificateRequest::Use::server;
  request.key = key_of(options);
  const auto now = wall_clock_now();
  if (authority.not_after < now)
    throw UsageError(fmt::format("the authority {} expired on {}: remove it and its key for a new one", authority_file,
                                 date_of(authority.not_after)));
  if (authority.not_after < request.not_after)
    throw UsageError(fmt::format("the authority {} ends on {}, before the certificate would: --days {} at most",
                                 authority_file, date_of(authority.not_after),
                                 std::chrono::floor<std::chrono::days>(authority.not_after - now).count()));
  return request;
}

MadeCertificate sign(const CertificateRequest& request, const Authority& authority, const std::string& authority_file) {
  auto leaf = tls::make_signed(request, authority.pem, machine_random);
  if (!leaf && leaf.error() == tls::TlsError::certificate_wrong_use)
    throw UsageError(fmt::format("the certificate {} is no authority's: it may not sign others", authority_file));
  return made("a certificate", std::move(leaf));
}

/// An address that the certificate is good for.
std::string url_of(const CertificateRequest& request) {
  std::string host = request.names.empty() ? "localhost" : request.names.front();
  if (host.starts_with('*')) host.replace(0, 1, "www");
  return host.contains(':') ? fmt::format("https://[{}]/", host) : fmt::format("https://{}/", host);
}

void print_usage(const CertOptions& options, const CertificateRequest& request, const std::string& authority,
                 const std::string& stem) {
  if (options.client)
    fmt::print(
        "\nUse it:\n"
        "  handwave serve --https 443 --client-ca {0}\n"
        "  curl --cert {1}.pem --key {1}.key ...\n",
        authority, stem);
  else
    fmt::print(
        "\nUse it:\n"
        "  handwave serve --https 443 --cert {0}.pem --key {0}.key\n"
        "  curl --cacert {1} {2}\n",
        stem, authority, url_of(request));
}

void check(const CertOptions& options) {
  if (options.files.contains('/') || options.files == "ca")
    throw UsageError(
        fmt::format("'{}' is no name for the leaf's files: it takes one without '/', and not 'ca'", options.files));
}

}  // namespace

int cert(const CertOptions& options) {
  check(options);
  const fs::path folder{options.folder};
  const auto in_folder = [&](const std::string& name) { return (folder / name).lexically_normal().string(); };
  const std::string authority_file = in_folder("ca.pem");
  const std::string authority_key = in_folder("ca.key");
  const std::string stem = in_folder(!options.files.empty() ? options.files : options.client ? "client" : "leaf");
  if (!options.force)
    for (const char* ending : {".pem", ".key", ".csr"})
      if (fs::exists(fs::symlink_status(stem + ending)))
        throw UsageError(fmt::format(
            "{}{} is there already: --force overwrites it, --as gives the new ones another name", stem, ending));

  // Everything is made before anything is written.
  const Authority authority = find_or_make_authority(options, authority_file, authority_key);
  const CertificateRequest request = leaf_request(options, authority, authority_file);
  const MadeCertificate leaf = sign(request, authority, authority_file);
  const std::string signing_request = made("a request", tls::make_signing_request(request, leaf.key, machine_random));
  const tls::Identity identity = made("a certificate", tls::Identity::from_pem(leaf.certificate, leaf.key));

  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw SystemError(fmt::format("make the directory {}", options.folder), error.message(), error);
  if (authority.is_new) {
    write_file(authority_key, authority.pem.key, true, Overwrite::no);
    write_file(authority_file, authority.pem.certificate, false, Overwrite::no);
  }
  const Overwrite overwrite = options.force ? Overwrite::yes : Overwrite::no;
  write_file(stem + ".key", leaf.key, true, overwrite);
  write_file(stem + ".pem", leaf.certificate, false, overwrite);
  write_file(stem + ".csr", signing_request, false, overwrite);

  const char* const origin = authority.is_new ? "" : ", which was there";
  report(authority_file, fmt::format("the authority's certificate{}: whoever should trust it needs it", origin));
  report(authority_key, fmt::format("the authority's private key{}: keep it to yourself", origin));
  report(stem + ".pem",
         fmt::format("a {}'s certificate for {}, good until {}", options.client ? "client" : "server",
                     request.names.empty() ? request.common_name : fmt::format("{}", fmt::join(request.names, ", ")),
                     date_of(request.not_after)));
  report(stem + ".key", "its private key");
  report(stem + ".csr", "a request for the same certificate, for another authority to sign");
  fmt::print("\nSHA-256 of the certificate:\n  {}\n", identity.fingerprint());
  print_usage(options, request, authority_file, stem);
  return 0;
}

}  // namespace handwave
