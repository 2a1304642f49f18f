// Two sessions in memory: the handshake and the exchange, in both versions and with both kinds of key.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using tls::Version;
using Key = tls::CertificateRequest::Key;

TEST_CASE("RFC 8446 §2, RFC 5246 §7.3: a handshake, then octets both ways", "[tls][RFC8446][RFC5246]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const Key key = GENERATE(Key::ecdsa_p256, Key::rsa_2048);
  auto with_server = server_options();
  with_server.identities = {server_identity(key)};
  with_server.highest = version;
  TlsPair pair(with_server, client_options());
  REQUIRE(pair.shake_hands());
  for (const tls::Session* session : {&pair.server.session, &pair.client.session}) {
    CHECK(session->version() == version);
    CHECK_FALSE(session->resumed());
    CHECK(session->protocol() == "http/1.1");
  }
  CHECK(pair.server.session.server_name() == "www.example.org");
  CHECK(pair.server.session.suite() == pair.client.session.suite());
  CHECK(pair.server.session.suite().ends_with("CHACHA20_POLY1305_SHA256"));

  REQUIRE(pair.client.session.write(octets("question")));
  CHECK(pair.to_server() == "question");
  REQUIRE(pair.server.session.write(octets("answer")));
  CHECK(pair.to_client() == "answer");
}
