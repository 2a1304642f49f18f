// Two sessions in memory: the handshake and the exchange, in both versions and with both kinds of key.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stdexcept>
#include <string>
#include <vector>

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

TEST_CASE("records that come octet by octet are the same records", "[tls]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.highest = version;
  TlsPair pair(with_server, client_options());
  pair.client.shake({});
  while (!pair.client.sent.empty() || !pair.server.sent.empty()) {
    for (const std::uint8_t octet : pair.client.take()) pair.server.shake({&octet, 1});
    for (const std::uint8_t octet : pair.server.take()) pair.client.shake({&octet, 1});
  }
  REQUIRE(pair.server.session.established());
  REQUIRE(pair.client.session.established());
  REQUIRE(pair.client.session.write(octets("in pieces")));
  std::string text;
  for (const std::uint8_t octet : pair.client.take()) text += pair.server.read_all({&octet, 1});
  CHECK(text == "in pieces");
}

TEST_CASE("a flight that is cut in two at each seventh octet leads to the same handshake", "[tls]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const int flight = GENERATE(0, 1, 2);
  const tls::ServerContext server([&] {
    auto options = server_options();
    options.highest = version;
    return options;
  }());
  const tls::ClientContext client(client_options());
  std::size_t cut = 0;
  for (std::size_t size = 1; cut < size; cut += 7) {  // each is a whole handshake
    TlsPair pair(server, client);
    const auto carry = [&](TlsEnd& from, TlsEnd& to, bool cut_it) {
      const auto sent = from.take();
      const std::size_t first = cut_it ? std::min(cut, sent.size()) : 0;
      if (cut_it) size = sent.size();
      to.shake(tls::Bytes(sent).first(first));
      to.shake(tls::Bytes(sent).subspan(first));
    };
    pair.client.shake({});
    carry(pair.client, pair.server, flight == 0);
    carry(pair.server, pair.client, flight == 1);
    carry(pair.client, pair.server, flight == 2);
    REQUIRE(pair.shake_hands());
  }
  CHECK(cut > 14);
}

TEST_CASE("the handshake leaves what comes after it untouched", "[tls]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.highest = version;
  TlsPair pair(with_server, client_options());
  pair.client.shake({});
  pair.server.shake(pair.client.take());
  pair.client.shake(pair.server.take());
  if (version == Version::tls1_2) {
    pair.server.shake(pair.client.take());
    pair.client.shake(pair.server.take());
  }
  REQUIRE(pair.client.session.established());
  REQUIRE(pair.client.session.write(octets("early bird")));
  auto all = pair.client.take();  // the end of the handshake (TLS 1.3), and a record after it
  tls::Bytes rest = all;
  REQUIRE(pair.server.session.handshake(rest));
  REQUIRE(pair.server.session.established());
  CHECK_FALSE(rest.empty());
  REQUIRE(pair.server.session.handshake(rest) == true);  // and again: nothing is left to do
  CHECK(pair.server.read_all(rest) == "early bird");
}

TEST_CASE("a large write goes in full records, and arrives whole", "[tls]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = server_options();
  with_server.highest = version;
  with_server.ticket_lifetime.reset();
  TlsPair pair(with_server, client_options());
  REQUIRE(pair.shake_hands());
  const std::size_t record = pair.server.session.max_record();
  CHECK(record == (version == Version::tls1_3 ? 16383U : 16384U));
  std::string text(10 * record + 1, '.');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 3);
  pair.server.records = 0;
  REQUIRE(pair.server.session.write(octets(text)));
  CHECK(pair.server.records == 11);
  CHECK(pair.to_client() == text);

  pair.server.records = 0;
  REQUIRE(pair.server.session.write(octets(text).first(1000), 100));
  CHECK(pair.server.records == 10);
  CHECK(pair.to_client() == text.substr(0, 1000));
}

TEST_CASE("an empty write sends nothing", "[tls]") {
  TlsPair pair(server_options(), client_options());
  REQUIRE(pair.shake_hands());
  pair.client.records = 0;
  REQUIRE(pair.client.session.write({}));
  CHECK(pair.client.records == 0);
}

TEST_CASE("what does not fit the reader's buffer is kept for its next call", "[tls]") {
  TlsPair pair(server_options(), client_options());
  REQUIRE(pair.shake_hands());
  REQUIRE(pair.client.session.write(octets("0123456789")));
  const auto sent = pair.client.take();
  tls::Bytes rest = sent;
  std::array<std::uint8_t, 4> buffer{};
  CHECK(pair.server.session.read(rest, buffer) == 4U);
  CHECK(rest.empty());
  CHECK(pair.server.session.read(rest, buffer) == 4U);
  CHECK(pair.server.session.read(rest, buffer) == 2U);
  CHECK(pair.server.session.read(rest, buffer) == 0U);
}

TEST_CASE("nothing is read or written before the handshake is complete", "[tls]") {
  TlsPair pair(server_options(), client_options());
  pair.client.shake({});
  pair.server.shake(pair.client.take());
  CHECK_FALSE(pair.server.session.established());
  pair.server.records = 0;
  CHECK(pair.server.session.write(octets("too early")).error() == tls::TlsError::internal);
  pair.server.session.close_notify();
  CHECK(pair.server.records == 0);
  CHECK(pair.server.read_all(std::vector<std::uint8_t>(3)).empty());
  CHECK(pair.server.unused.size() == 3);
}

TEST_CASE("a sink that throws is heard, and ends the session", "[tls]") {
  bool full = false;
  tls::Session client(tls::ClientContext(client_options()), "www.example.org", [&](tls::Bytes) {
    if (full) throw std::runtime_error("no room");
  });
  full = true;
  tls::Bytes none;
  CHECK_THROWS_AS(client.handshake(none), std::runtime_error);
  CHECK(client.handshake(none).error() == tls::TlsError::internal);
}

TEST_CASE("a session survives its context, and may be moved", "[tls]") {
  auto pair = [] { return std::make_unique<TlsPair>(server_options(), client_options()); }();
  REQUIRE(pair->shake_hands());
  tls::Session moved = std::move(pair->client.session);
  REQUIRE(moved.write(octets("moved")));
  CHECK(pair->to_server() == "moved");
}

TEST_CASE("RFC 8446 §5.5: an AES-GCM key protects no more records than allowed, the last of them an alert",
          "[tls][RFC8446]") {
  const bool aes = GENERATE(true, false);
  auto with_server = server_options();
  auto with_client = client_options();
  with_client.highest = Version::tls1_2;  // there the server chooses the suite: ChaCha20-Poly1305
  with_client.records_per_key = with_server.records_per_key = 10;
  if (aes) with_server.highest = Version::tls1_2;
  with_server.teach_static_rsa = with_client.teach_static_rsa = aes;  // the way to have AES-GCM chosen
  if (aes) with_server.identities = {server_identity(Key::rsa_2048)};
  TlsPair pair(with_server, with_client);
  REQUIRE(pair.shake_hands());
  if (!aes) {
    for (int i = 0; i < 20; ++i) REQUIRE(pair.client.session.write(octets("x")));
    CHECK(pair.to_server().size() == 20);
    return;
  }
  // Their records have the size of an alert's in TLS 1.3.
  for (int i = 0; i < 9; ++i) REQUIRE(pair.client.session.write(octets("8 octets")));
  CHECK(pair.to_server().size() == 9 * 8);
  SECTION("close_notify, if it ends here") {
    pair.client.session.close_notify();
    CHECK(pair.to_server().empty());
    CHECK(pair.server.session.peer_closed());
    REQUIRE(pair.server.session.write(octets("reading goes on")));
    CHECK(pair.to_client() == "reading goes on");
  }
  SECTION("the fatal internal_error, if more was to be said") {
    pair.client.records = 0;
    for (int i = 0; i < 2; ++i) CHECK(pair.client.session.write(octets("x")).error() == tls::TlsError::keys_exhausted);
    CHECK_FALSE(pair.client.session.established());
    CHECK(pair.client.records == 1);
    CHECK(pair.to_server().empty());
    CHECK(pair.server.error == tls::alert_received(80));
    CHECK_FALSE(pair.server.session.peer_closed());  // what was written is not whole
  }
}
