// What two sides agree on: versions, suites, ALPN, and the certificate by name and kind. RFC 8446 §4.1, RFC 7301, RFC
// 6066.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <string>
#include <system_error>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"
#include "tls/alert.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;
using tls::Alert;
using tls::TlsError;
using tls::Version;
using Key = tls::CertificateRequest::Key;

namespace {

std::error_code received(Alert alert) { return tls::alert_received(static_cast<std::uint8_t>(alert)); }

/// A server certificate for these names alone.
tls::Identity identity_for(std::vector<std::string> names, Key key = Key::ecdsa_p256) {
  auto request = ordinary_request(key);
  request.common_name = names.front();
  request.names = std::move(names);
  return signed_identity(request);
}

/// Whether the client, which verifies the name, comes to terms with that server; `twelve`: in TLS 1.2.
bool reaches(const tls::ServerContext& server, std::string_view name, Version version = Version::tls1_3) {
  auto options = client_options();
  options.highest = version;
  TlsPair pair(server, tls::ClientContext(options), name);
  return pair.shake_hands();
}

}  // namespace

TEST_CASE("the highest common version is spoken; without one both sides know why", "[tls][negotiation][RFC8446]") {
  auto with_server = server_options();
  auto with_client = client_options();
  SECTION("an old client") {
    with_client.highest = Version::tls1_2;
    TlsPair pair(with_server, with_client);
    REQUIRE(pair.shake_hands());
    CHECK(pair.server.session.version() == Version::tls1_2);
  }
  SECTION("none in common") {
    const bool old_server = GENERATE(true, false);
    (old_server ? with_server.highest : with_client.highest) = Version::tls1_2;
    (old_server ? with_client.lowest : with_server.lowest) = Version::tls1_3;
    TlsPair pair(with_server, with_client);
    CHECK_FALSE(pair.shake_hands());
    if (old_server) {  // it does not know the extension that says "1.3 alone", and finds no suite that it knows
      CHECK(pair.server.error == TlsError::no_common_parameters);
      CHECK(pair.client.error == received(Alert::handshake_failure));
    } else {  // RFC 8446 §D.2
      CHECK(pair.server.error == TlsError::no_common_version);
      CHECK(pair.client.error == received(Alert::protocol_version));
    }
  }
}

TEST_CASE("RFC 7301 §3.2: a protocol in common is chosen, or no_application_protocol", "[tls][negotiation][RFC7301]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  auto with_client = client_options();
  with_server.highest = version;
  SECTION("the server's best") {
    with_server.protocols = {"h3", "http/1.1", "old"};
    with_client.protocols = {"old", "http/1.1"};
    TlsPair pair(with_server, with_client);
    REQUIRE(pair.shake_hands());
    CHECK(pair.server.session.protocol() == "http/1.1");
    CHECK(pair.client.session.protocol() == "http/1.1");
  }
  SECTION("none asked for") {
    with_client.protocols.clear();
    TlsPair pair(with_server, with_client);
    REQUIRE(pair.shake_hands());
    CHECK(pair.server.session.protocol().empty());
    CHECK(pair.client.session.protocol().empty());
  }
  SECTION("none in common") {
    with_client.protocols = {"h2"};
    TlsPair pair(with_server, with_client);
    CHECK_FALSE(pair.shake_hands());
    CHECK(pair.server.error == TlsError::no_common_protocol);
    CHECK(pair.client.error == received(Alert::no_application_protocol));
  }
}

TEST_CASE("RFC 6066 §3: a server shows the certificate for the name that it is asked for", "[tls][SNI][RFC6066]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto options = server_options();
  options.identities = {identity_for({"one.example"}), identity_for({"two.example"}),
                        identity_for({"*.three.example"})};
  const tls::ServerContext server(options);
  CHECK(reaches(server, "one.example", version));
  CHECK(reaches(server, "TWO.example", version));
  CHECK(reaches(server, "two.example.", version));
  CHECK(reaches(server, "any.three.example", version));
  CHECK_FALSE(reaches(server, "a.b.three.example", version));

  TlsPair unknown(server, tls::ClientContext(client_options()), "four.example");
  CHECK_FALSE(unknown.shake_hands());  // it gets the first one, which is for another name
  CHECK(unknown.client.error == TlsError::certificate_name_mismatch);
  CHECK(unknown.client.session.failure() == "the certificate is for one.example, not for four.example");
}

TEST_CASE("RFC 6066 §3: an address is not sent as a name, and gets the default", "[tls][SNI][RFC6066]") {
  const char* address = GENERATE("192.0.2.2", "2001:db8::2", "2001:DB8:0:0::2");
  TlsPair pair(server_options(), client_options(), address);
  REQUIRE(pair.shake_hands());
  CHECK(pair.server.session.server_name().empty());
}

TEST_CASE("ECDSA and RSA side by side: the client's signature schemes decide", "[tls][SNI]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.highest = version;
  with_server.identities = {server_identity(Key::ecdsa_p256), server_identity(Key::rsa_2048)};
  TlsPair pair(with_server, client_options());
  REQUIRE(pair.shake_hands());
  if (version == Version::tls1_2) CHECK(pair.client.session.suite().starts_with("TLS_ECDHE_ECDSA_"));
  // A client that takes RSA only is what static RSA is; with ECDSA in front, the RSA certificate must still be found.
  with_server.teach_static_rsa = true;
  auto with_client = client_options();
  with_client.teach_static_rsa = true;
  TlsPair old(with_server, with_client);
  REQUIRE(old.shake_hands());
}

TEST_CASE("RFC 5246 §7.4.7.1: static RSA, for teaching, in TLS 1.2 alone", "[tls][static RSA][RFC5246]") {
  auto with_server = server_options();
  with_server.identities = {server_identity(Key::rsa_2048)};
  auto with_client = client_options();
  with_server.teach_static_rsa = with_client.teach_static_rsa = true;
  SECTION("both want it") {
    TlsPair pair(with_server, with_client);
    REQUIRE(pair.shake_hands());
    CHECK(pair.server.session.version() == Version::tls1_2);
    CHECK(pair.server.session.suite() == "TLS_RSA_WITH_AES_128_GCM_SHA256");
    REQUIRE(pair.client.session.write(octets("textbook")));
    CHECK(pair.to_server() == "textbook");
  }
  SECTION("one alone does not get it") {
    const bool server_alone = GENERATE(true, false);
    (server_alone ? with_client.teach_static_rsa : with_server.teach_static_rsa) = false;
    TlsPair pair(with_server, with_client);
    CHECK_FALSE(pair.shake_hands());
    CHECK(pair.server.error == TlsError::no_common_parameters);
    CHECK(pair.client.error == received(Alert::handshake_failure));
  }
}

TEST_CASE("options that make no sense are refused", "[tls][context]") {
  const auto refused = [](auto change) {
    auto options = server_options();
    change(options);
    try {
      tls::ServerContext{options};
    } catch (const std::system_error& error) {
      return error.code();
    }
    return std::error_code{};
  };
  using Options = tls::ServerOptions;
  CHECK(refused([](Options&) {}) == std::error_code{});
  CHECK(refused([](Options& o) { o.identities.clear(); }) == TlsError::no_certificate);
  CHECK(refused([](Options& o) { o.random = nullptr; }) == TlsError::internal);
  CHECK(refused([](Options& o) { o.teach_static_rsa = true; }) == TlsError::no_common_parameters);
  CHECK(refused([](Options& o) { o.protocols = {""}; }) == TlsError::no_common_protocol);
  CHECK(refused([](Options& o) { o.protocols = {std::string(256, 'x')}; }) == TlsError::no_common_protocol);
  CHECK(refused([](Options& o) { o.ticket_lifetime = 0s; }) == TlsError::internal);
  CHECK(refused([](Options& o) { o.ticket_lifetime = 24h * 7 + 1s; }) == TlsError::internal);
  CHECK(refused([](Options& o) { o.ticket_lifetime = 24h * 7; }) == std::error_code{});
  CHECK(refused([](Options& o) {
          o.lowest = Version::tls1_3;
          o.highest = Version::tls1_2;
        }) == TlsError::no_common_version);
  CHECK(refused([](Options& o) {
          o.identities = {server_identity(Key::rsa_2048)};
          o.teach_static_rsa = true;
          o.lowest = Version::tls1_3;
        }) == TlsError::no_common_version);

  CHECK_THROWS_AS(TlsEnd(tls::ClientContext(client_options()), "", nullptr), std::system_error);
  CHECK_THROWS_AS(TlsEnd(tls::ClientContext(client_options()), std::string(300, 'x'), nullptr), std::system_error);
}
