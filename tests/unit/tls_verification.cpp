// Certificates that a side refuses, each with its error, its sentence and its alert: RFC 5280 §6, RFC 8446 §4.4.2.4,
// §6.2.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <string>

#include "tests/determinism/cryptography.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"
#include "tls/alert.hpp"
#include "tls/verification.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;
using tls::Alert;
using tls::CertificateRequest;
using tls::TlsError;
using tls::Version;

namespace {

std::error_code received(Alert alert) { return tls::alert_received(static_cast<std::uint8_t>(alert)); }

struct Refusal {
  std::error_code error;
  std::string sentence;
  std::error_code told;  ///< what the other side heard
};

/// What a client says to a server with that identity.
Refusal client_meets(const tls::Identity& identity, Version version, std::string_view name = "www.example.org") {
  auto with_server = server_options();
  with_server.identities = {identity};
  with_server.highest = version;
  TlsPair pair(with_server, client_options(), name);
  pair.shake_hands();
  return {pair.client.error, pair.client.session.failure(), pair.server.error};
}

/// What a server that wants a certificate says to a client.
Refusal server_meets(const tls::ClientOptions& with_client, Version version) {
  auto with_server = server_options();
  with_server.client_authorities = authorities();
  with_server.highest = version;
  TlsPair pair(with_server, with_client);
  pair.shake_hands();
  pair.server.shake(pair.client.take());
  pair.to_client();  // in TLS 1.3 the client hears of it when it takes itself to be done
  return {pair.server.error, pair.server.session.failure(), pair.client.error};
}

tls::Identity self_signed(const CertificateRequest& request) {
  const auto made = tls::make_self_signed(request, seeded_random(5));
  REQUIRE(made);
  return *tls::Identity::from_pem(made->certificate, made->key);
}

tls::Identity stranger_signed(const CertificateRequest& request) {
  auto above = ordinary_request();
  above.common_name = "Stranger's Authority";
  above.names.clear();
  above.use = CertificateRequest::Use::authority;
  const auto authority = tls::make_self_signed(above, seeded_random(6));
  REQUIRE(authority);
  const auto made = tls::make_signed(request, *authority, seeded_random(7));
  REQUIRE(made);
  return *tls::Identity::from_pem(made->certificate, made->key);
}

}  // namespace

TEST_CASE("a certificate that has expired", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto request = ordinary_request();
  request.not_after = std::chrono::sys_days{2025y / 1 / 31};
  const Refusal refusal = client_meets(signed_identity(request), version);
  CHECK(refusal.error == TlsError::certificate_expired);
  CHECK(refusal.sentence == "the certificate expired on 2025-01-31");
  CHECK(refusal.told == received(Alert::certificate_expired));
}

TEST_CASE("a certificate that is not valid yet", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto request = ordinary_request();
  request.not_before = std::chrono::sys_days{2048y / 2 / 3};
  const Refusal refusal = client_meets(signed_identity(request), version);
  CHECK(refusal.error == TlsError::certificate_not_yet_valid);
  CHECK(refusal.sentence == "the certificate is not valid before 2048-02-03");
  CHECK(refusal.told == received(Alert::certificate_expired));  // §6.2: "or is not currently valid"
}

TEST_CASE("a certificate for another name or address", "[tls][certificate][RFC6066]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const std::string_view name =
      GENERATE("www.example.com", "192.0.2.1", "2001:db8::1", "example.net", "a.b.example.net");
  const Refusal refusal = client_meets(server_identity(), version, name);
  CHECK(refusal.error == TlsError::certificate_name_mismatch);
  CHECK(refusal.sentence ==
        "the certificate is for www.example.org, *.example.net, 192.0.2.2 and 1 more, not for " + std::string(name));
  CHECK(tls::is_alert(refusal.told));
}

TEST_CASE("the names and addresses that a certificate is for", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const std::string_view name =
      GENERATE("www.example.org", "WWW.Example.ORG", "a.example.net", "192.0.2.2", "2001:db8::2");
  CHECK_FALSE(client_meets(server_identity(), version, name).error);
}

TEST_CASE("a certificate that signed itself", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto request = ordinary_request();
  request.common_name = "Nobody";
  const Refusal refusal = client_meets(self_signed(request), version);
  CHECK(refusal.error == TlsError::certificate_self_signed);
  CHECK(refusal.sentence == "the certificate is signed by itself and not trusted: CN=Nobody");
  CHECK(refusal.told == received(Alert::unknown_ca));
}

TEST_CASE("a certificate of an authority that nobody knows", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const Refusal refusal = client_meets(stranger_signed(ordinary_request()), version);
  CHECK(refusal.error == TlsError::certificate_unknown_authority);
  CHECK(refusal.sentence == "the certificate is signed by an authority that is not trusted: CN=Stranger's Authority");
  CHECK(refusal.told == received(Alert::unknown_ca));
}

TEST_CASE("a server's certificate is none for a client", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_client = client_options();
  with_client.identity = server_identity();
  const Refusal refusal = server_meets(with_client, version);
  CHECK(refusal.error == TlsError::certificate_wrong_use);
  CHECK(refusal.sentence == "the certificate is not meant for a client");
  CHECK(refusal.told == received(Alert::unsupported_certificate));
}

TEST_CASE("our server does not show a certificate that is no server's", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto request = ordinary_request();
  request.use = CertificateRequest::Use::client;
  const Refusal refusal = client_meets(signed_identity(request), version);
  CHECK(refusal.error == received(Alert::handshake_failure));
}

TEST_CASE("what Mbed TLS finds wrong, from the worst on", "[tls][certificate]") {
  const tls::Verification verification("host.example");
  const auto error = [&](std::uint32_t flags) { return verification.error(flags); };
  CHECK(error(MBEDTLS_X509_BADCERT_EXT_KEY_USAGE) == TlsError::certificate_wrong_use);
  CHECK(error(MBEDTLS_X509_BADCERT_KEY_USAGE) == TlsError::certificate_wrong_use);
  CHECK(error(MBEDTLS_X509_BADCERT_BAD_MD) == TlsError::certificate_weak);
  CHECK(error(MBEDTLS_X509_BADCERT_REVOKED) == TlsError::certificate_revoked);
  CHECK(error(MBEDTLS_X509_BADCERT_OTHER) == TlsError::certificate_invalid);
  CHECK(error(MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_CN_MISMATCH) ==
        TlsError::certificate_unknown_authority);
  CHECK(error(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_CN_MISMATCH) == TlsError::certificate_expired);
  CHECK(verification.sentence(MBEDTLS_X509_BADCERT_EXT_KEY_USAGE) == "the certificate is not meant for a server");
}

TEST_CASE("a client that verifies nothing takes any certificate", "[tls][certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  auto request = ordinary_request();
  request.not_after = std::chrono::sys_days{2021y / 1 / 1};
  with_server.identities = {self_signed(request)};
  with_server.highest = version;
  auto with_client = client_options();
  with_client.authorities.reset();
  TlsPair pair(with_server, with_client, "elsewhere.example");
  CHECK(pair.shake_hands());
}

TEST_CASE("a client's certificate: right, missing, a stranger's", "[tls][client certificate][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_client = client_options();
  SECTION("right") {
    with_client.identity = client_identity();
    const Refusal refusal = server_meets(with_client, version);
    CHECK_FALSE(refusal.error);
    CHECK_FALSE(refusal.told);
  }
  SECTION("missing") {
    const Refusal refusal = server_meets(with_client, version);
    CHECK(refusal.error == TlsError::certificate_missing);
    CHECK(refusal.sentence == "the peer showed no certificate, and one is required");
    // RFC 8446 §4.4.2.4; RFC 5246 §7.4.6 has handshake_failure.
    CHECK(refusal.told ==
          received(version == Version::tls1_3 ? Alert::certificate_required : Alert::handshake_failure));
  }
  SECTION("a stranger's") {
    auto request = ordinary_request();
    request.names.clear();
    request.use = CertificateRequest::Use::client;
    with_client.identity = stranger_signed(request);
    const Refusal refusal = server_meets(with_client, version);
    CHECK(refusal.error == TlsError::certificate_unknown_authority);
    CHECK(refusal.told == received(Alert::unknown_ca));
  }
}

TEST_CASE("a certificate is judged at the time of the handshake", "[tls][certificate]") {
  set_cryptography_time(std::chrono::sys_days{2050y / 1 / 1});
  const Refusal refusal = client_meets(server_identity(), Version::tls1_3);
  set_cryptography_time(std::nullopt);
  CHECK(refusal.error == TlsError::certificate_expired);
}
