// Certificates and keys as files: each error in one line that says which file and what to do.
#include "apps/certificate_files.hpp"

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "apps/usage_error.hpp"
#include "tests/support/pem_samples.hpp"
#include "tun/clock.hpp"
#include "tun/system_error.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace pem = handwave::test::pem;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Message;
using Catch::Matchers::MessageMatches;
using Kind = tls::CertificateRequest::Key;

/// A directory of this test's own.
class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "certificate_files.XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  /// Writes a file; its path.
  std::string file(const std::string& name, std::string_view text) {
    write_file(path(name), text, false);
    return path(name);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// SSL_CERT_FILE as this test wants it, and afterwards as it was.
class CertificateVariable {
 public:
  explicit CertificateVariable(const std::string& value) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  CertificateVariable(const CertificateVariable&) = delete;
  CertificateVariable& operator=(const CertificateVariable&) = delete;
  ~CertificateVariable() { before_ ? ::setenv(name, before_->c_str(), 1) : ::unsetenv(name); }

 private:
  static constexpr const char* name = "SSL_CERT_FILE";
  std::optional<std::string> before_;
};

unsigned mode_of(const std::string& file) {
  struct stat status{};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("A certificate and its key are loaded, from two files or from one", "[apps][certificate]") {
  Folder folder;
  const std::string certificate = folder.file("leaf.pem", pem::p384_certificate);
  const std::string key = folder.file("leaf.key", pem::p384_key);
  CHECK(load_identity(certificate, key).fingerprint() == pem::p384_fingerprint);
  const std::string both = folder.file("both.pem", std::string{pem::p384_key} + std::string{pem::p384_certificate});
  CHECK(load_identity(both, both).fingerprint() == pem::p384_fingerprint);
}

TEST_CASE("What is wrong with a certificate or a key is said in one line, with the file", "[apps][certificate]") {
  Folder folder;
  const std::string certificate = folder.file("leaf.pem", pem::p384_certificate);
  const std::string key = folder.file("leaf.key", pem::p384_key);
  const std::string other = folder.file("other.key", pem::p521_key);
  const std::string locked = folder.file("locked.key", pem::encrypted_pkcs8_key);
  const std::string useless = folder.file("useless.key", pem::ed25519_key);
  const std::string missing = folder.path("missing");
  CHECK_THROWS_MATCHES(load_identity(missing, key), SystemError,
                       Message("cannot read the certificate " + missing + ": No such file or directory"));
  CHECK_THROWS_MATCHES(load_identity(certificate, missing), SystemError,
                       Message("cannot read the key " + missing + ": No such file or directory"));
  CHECK_THROWS_MATCHES(load_identity(folder.path("."), key), SystemError,
                       MessageMatches(ContainsSubstring("directory")));
  CHECK_THROWS_MATCHES(load_identity(key, key), UsageError,
                       Message("cannot read the certificate " + key + ": there is no PEM certificate in it"));
  CHECK_THROWS_MATCHES(load_identity(certificate, certificate), UsageError,
                       Message("cannot read the key " + certificate + ": there is no PEM private key in it"));
  CHECK_THROWS_MATCHES(load_identity(certificate, locked), UsageError,
                       Message("cannot read the key " + locked +
                               ": it is encrypted; decrypt it with: openssl pkey -in " + locked + " -out NEW"));
  CHECK_THROWS_MATCHES(load_identity(certificate, useless), UsageError,
                       MessageMatches(ContainsSubstring("cannot read the key " + useless + ": it is")));
  CHECK_THROWS_MATCHES(
      load_identity(certificate, other), UsageError,
      MessageMatches(ContainsSubstring("the key " + other + " is not that of the certificate " + certificate)));
  CHECK_THROWS_MATCHES(load_identity("/dev/zero", key), UsageError, MessageMatches(ContainsSubstring("too long")));
  CHECK_THROWS_AS(load_identity("", ""), SystemError);
}

TEST_CASE("Authorities are loaded from a file, or from where the machine has them", "[apps][certificate]") {
  Folder folder;
  const std::string bundle =
      folder.file("bundle.pem", std::string{pem::authority_certificate} + std::string{pem::rsa_certificate});
  CHECK(load_authorities(bundle).size() == 2);
  CHECK_THROWS_MATCHES(
      load_authorities(folder.path("missing")), SystemError,
      Message("cannot read the certificate " + folder.path("missing") + ": No such file or directory"));
  const std::string empty = folder.file("empty.pem", "");
  CHECK_THROWS_MATCHES(load_authorities(empty), UsageError,
                       Message("cannot read the certificate " + empty + ": there is no PEM certificate in it"));
  {
    const CertificateVariable named{bundle};
    CHECK(system_authorities().size() == 2);
  }
  {
    const CertificateVariable named{folder.path("missing")};
    CHECK_THROWS_MATCHES(system_authorities(), SystemError,
                         MessageMatches(ContainsSubstring("cannot read SSL_CERT_FILE")));
  }
}

TEST_CASE("A certificate made on the spot is for its names, from an hour ago for 30 days", "[apps][certificate]") {
  const auto own = make_own_identity({"192.0.2.2", "2001:db8::2", "example.org", "192.0.2.2"}, Kind::ecdsa_p256);
  CHECK_FALSE(own.identity.is_rsa());
  CHECK(own.identity.covers("example.org"));
  const auto left = own.identity.not_after() - wall_clock_now();
  CHECK(left <= 24h * 30);
  CHECK(left > 24h * 30 - 1min);
  // What is to be written is what is shown, so that whoever trusts the file trusts the server.
  CHECK(tls::Authorities::from_pem(own.certificate_pem).value().size() == 1);
  CHECK(make_own_identity({}, Kind::rsa_2048).identity.is_rsa());
  CHECK_THROWS_MATCHES(make_own_identity({"a b"}, Kind::ecdsa_p256), UsageError,
                       MessageMatches(ContainsSubstring("'a b'")));
}

TEST_CASE("A request has each name once, and the first that fits as its common name", "[apps][certificate]") {
  const std::string long_name = std::string(63, 'a') + ".example.org";
  const auto request = certificate_request({long_name, "example.org", "192.0.2.2", "example.org"}, "else", 7);
  CHECK(request.names == std::vector<std::string>{long_name, "example.org", "192.0.2.2"});
  CHECK(request.common_name == "example.org");
  CHECK(request.not_after - request.not_before == 24h * 7 + 1h);
  CHECK(certificate_request({long_name}, "else", 7).common_name == "else");
  CHECK(certificate_request({}, "else", 7).common_name == "else");
}

TEST_CASE("A private file is its owner's alone, even if it was not before", "[apps][certificate]") {
  Folder folder;
  const std::string file = folder.file("a", "old text that is longer");
  CHECK((mode_of(file) & 0600U) == 0600U);
  write_file(file, "new", true);
  CHECK(mode_of(file) == 0600U);
  CHECK(read_file("the file", file) == "new");
  write_file(folder.path("b"), "", true);
  CHECK(mode_of(folder.path("b")) == 0600U);
  CHECK_THROWS_MATCHES(write_file(file, "", false, Overwrite::no), SystemError,
                       Message("cannot write " + file + ": File exists"));
  CHECK(read_file("the file", file) == "new");
  CHECK_THROWS_MATCHES(write_file("/dev/full", "x", false), SystemError,
                       Message("cannot write /dev/full: No space left on device"));
  CHECK_THROWS_AS(write_file(folder.path("no/such/folder"), "x", false), SystemError);
}
