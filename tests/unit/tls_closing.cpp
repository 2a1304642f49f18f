// The end of a session, in every order: close_notify, FIN, and what is missing when either is. RFC 8446 §6.1.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using tls::TlsError;
using tls::Version;

namespace {

tls::ServerOptions server_of(Version version) {
  auto options = server_options();
  options.highest = version;
  return options;
}

}  // namespace

TEST_CASE("RFC 8446 §6.1: close_notify ends one direction, and the other goes on", "[tls][closing][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const bool client_first = GENERATE(true, false);
  TlsPair pair(server_of(version), client_options());
  REQUIRE(pair.shake_hands());
  TlsEnd& first = client_first ? pair.client : pair.server;
  TlsEnd& second = client_first ? pair.server : pair.client;

  REQUIRE(first.session.write(octets("last words")));
  first.session.close_notify();
  CHECK(first.session.write(octets("more")).error() == TlsError::closed);
  CHECK(second.read_all(first.take()) == "last words");
  CHECK(second.session.peer_closed());
  CHECK_FALSE(second.error);
  CHECK(second.session.end_of_input());

  REQUIRE(second.session.write(octets("half-closed")));
  CHECK(first.read_all(second.take()) == "half-closed");
  CHECK_FALSE(first.session.peer_closed());
  second.session.close_notify();
  CHECK(first.read_all(second.take()).empty());
  CHECK(first.session.peer_closed());
  CHECK(first.session.end_of_input());
  CHECK(first.session.failure().empty());
}

TEST_CASE("both sides may close at once", "[tls][closing]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(server_of(version), client_options());
  REQUIRE(pair.shake_hands());
  pair.client.session.close_notify();
  pair.server.session.close_notify();
  CHECK(pair.to_server().empty());
  CHECK(pair.to_client().empty());
  CHECK(pair.server.session.peer_closed());
  CHECK(pair.client.session.peer_closed());
}

TEST_CASE("a second close_notify is not sent", "[tls][closing]") {
  TlsPair pair(server_options(), client_options());
  REQUIRE(pair.shake_hands());
  pair.client.session.close_notify();
  pair.client.records = 0;
  pair.client.session.close_notify();
  CHECK(pair.client.records == 0);
}

TEST_CASE("RFC 8446 §6.1: what comes after close_notify is ignored", "[tls][closing][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(server_of(version), client_options());
  REQUIRE(pair.shake_hands());
  pair.client.session.close_notify();
  auto sent = pair.client.take();
  sent.insert(sent.end(), 1000, 0x55);
  CHECK(pair.server.read_all(sent).empty());
  CHECK(pair.server.session.peer_closed());
  CHECK_FALSE(pair.server.error);
  CHECK(pair.server.unused.empty());
  CHECK(pair.server.read_all(std::vector<std::uint8_t>(10, 0x55)).empty());
  CHECK_FALSE(pair.server.error);
}

TEST_CASE("FIN without close_notify is a truncation, and says where", "[tls][closing][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(server_of(version), client_options());
  SECTION("between records") {
    REQUIRE(pair.shake_hands());
    REQUIRE(pair.client.session.write(octets("data")));
    CHECK(pair.to_server() == "data");
    CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
    CHECK(pair.server.session.failure() == "the connection ended without close_notify: data may be missing");
  }
  SECTION("in a record") {
    REQUIRE(pair.shake_hands());
    REQUIRE(pair.client.session.write(octets("data")));
    const auto sent = pair.client.take();
    const auto cut = GENERATE(values<std::size_t>({1, 4, 5, 6, 20}));
    CHECK(pair.server.read_all(tls::Bytes(sent).first(cut)).empty());
    CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
    CHECK(pair.server.session.failure() == "the connection ended in the middle of a record");
  }
  SECTION("in the handshake") {
    pair.client.shake({});
    pair.server.shake(pair.client.take());
    CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
    CHECK(pair.server.session.failure() == "the connection ended in the middle of the handshake");
  }
  std::vector<std::uint8_t> buffer(100);
  tls::Bytes none;
  CHECK(pair.server.session.read(none, buffer).error() == TlsError::truncated);
  CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
}

TEST_CASE("After a FIN without close_notify what was asked can still be answered", "[tls][closing]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(server_of(version), client_options());
  REQUIRE(pair.shake_hands());
  CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
  CHECK(pair.server.session.established());
  REQUIRE(pair.server.session.write(octets("answer")));
  CHECK(pair.to_client() == "answer");
  pair.server.session.close_notify();
  CHECK(pair.to_client().empty());
  CHECK(pair.client.session.peer_closed());
}

TEST_CASE("A FIN in the handshake is the session's error", "[tls][closing]") {
  TlsPair pair(server_options(), client_options());
  pair.client.shake({});
  pair.server.shake(pair.client.take());
  CHECK(pair.server.session.end_of_input().error() == TlsError::truncated);
  tls::Bytes none;
  CHECK(pair.server.session.handshake(none).error() == TlsError::truncated);
  CHECK(pair.server.session.write(octets("x")).error() == TlsError::truncated);
}

TEST_CASE("close_notify during the handshake ends it", "[tls][closing]") {
  TlsEnd server{tls::ServerContext(server_options())};
  server.shake(std::vector<std::uint8_t>{21, 3, 3, 0, 2, 1, 0});
  CHECK(server.error == tls::alert_received(0));
  CHECK(server.sent.empty());
}
