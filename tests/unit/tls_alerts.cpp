// What a session says to a peer that breaks the rules, and what it makes of the peer's alerts: RFC 8446 §5, §6, RFC
// 5246 §6.2, §7.2.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/forged_session.hpp"
#include "tests/support/tls_identities.hpp"
#include "tls/alert.hpp"
#include "tls/mbed.hpp"

using namespace handwave;
using namespace handwave::test;
using tls::Alert;
using tls::TlsError;
using tls::Version;

namespace {

using Octets = std::vector<std::uint8_t>;

std::error_code received(Alert alert) { return tls::alert_received(static_cast<std::uint8_t>(alert)); }

/// What the client makes of what the server sent last.
std::error_code client_hears(TlsPair& pair) {
  const Octets sent = pair.server.take();
  if (pair.client.session.established()) {
    pair.client.read_all(sent);
  } else {
    pair.client.shake(sent);
  }
  return pair.client.error;
}

/// A server that is told something before any handshake; what it answers is returned.
struct Told {
  std::error_code error;
  Octets answer;
};

Told server_told(tls::Bytes first) {
  TlsEnd server{tls::ServerContext(server_options())};
  server.shake(first);
  server.shake({});  // an error lasts
  return {server.error, server.take()};
}

Octets plain_alert(Alert alert) { return {21, 3, 3, 0, 2, 2, static_cast<std::uint8_t>(alert)}; }

/// A ClientHello with that version and nothing more: one suite and no compression.
Octets bare_client_hello(std::uint8_t minor_version) {
  Octets body{3, minor_version};
  body.insert(body.end(), 32, 0x11);
  body.insert(body.end(), {0, 0, 2, 0xc0, 0x2f, 1, 0});
  Octets message{1, 0, 0, static_cast<std::uint8_t>(body.size())};
  message.insert(message.end(), body.begin(), body.end());
  return RecordForge::plain(Content::handshake, message);
}

}  // namespace

TEST_CASE("plain text on the TLS port is told apart, and gets no alert that it would not read", "[tls][alert]") {
  const std::string text = GENERATE("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\r\n\r\n\r\n");
  CHECK_FALSE(tls::looks_like_tls(octets(text)));
  const Told told = server_told(octets(text));
  CHECK(told.error == TlsError::not_tls);
  CHECK(told.answer.empty());
}

TEST_CASE("a TLS client that is answered in plain text says so", "[tls][alert]") {
  TlsEnd client{tls::ClientContext(client_options()), "www.example.org", nullptr};
  client.shake({});
  (void)client.take();
  client.shake(octets("HTTP/1.1 400 Bad Request\r\n\r\n"));
  CHECK(client.error == TlsError::not_tls);
  CHECK(client.session.failure() == "the peer does not speak TLS");
  CHECK(client.sent.empty());
}

TEST_CASE("looks_like_tls decides by one octet or two", "[tls]") {
  CHECK_FALSE(tls::looks_like_tls({}));
  CHECK(tls::looks_like_tls(Octets{22}));
  CHECK(tls::looks_like_tls(Octets{22, 3, 1}));
  CHECK_FALSE(tls::looks_like_tls(Octets{22, 'x'}));
  CHECK_FALSE(tls::looks_like_tls(Octets{'G'}));
}

TEST_CASE("RFC 8996: a hello of TLS 1.1 or older gets protocol_version", "[tls][alert][RFC8996]") {
  const auto minor = static_cast<std::uint8_t>(GENERATE(0, 1, 2));
  const Told told = server_told(bare_client_hello(minor));
  CHECK(told.error == TlsError::no_common_version);
  CHECK(told.answer == plain_alert(Alert::protocol_version));
}

TEST_CASE("RFC 8446 §5: a record of an unknown type, or at the wrong time, gets unexpected_message", "[tls][alert]") {
  const auto type = static_cast<std::uint8_t>(GENERATE(20, 21, 23));
  const Told told = server_told(Octets{type, 3, 3, 0, 3, 1, 2, 3});
  INFO("type " << int{type} << ": " << told.error.message());
  CHECK(told.error != TlsError::not_tls);
  REQUIRE(told.answer.size() == 7);
  CHECK(told.answer[0] == 21);
  CHECK(told.answer[5] == 2);  // fatal
}

TEST_CASE("RFC 8446 §5.1: a record that is too long gets record_overflow", "[tls][alert][RFC8446]") {
  const Told told = server_told(Octets{22, 3, 1, 0xff, 0xff});
  CHECK(told.error == TlsError::malformed_message);
  CHECK(told.answer == plain_alert(Alert::record_overflow));
}

TEST_CASE("a ClientHello without an end is refused by the time that it fills the buffer", "[tls][alert]") {
  TlsEnd server{tls::ServerContext(server_options())};
  Octets message{1, 0xff, 0xff, 0xff, 3, 3};
  message.resize(1000);
  std::size_t told = 0;
  while (!server.error && told < 100'000) {
    server.shake(RecordForge::plain(Content::handshake, message));
    told += message.size();
  }
  CHECK(server.error);
  CHECK(told < 20'000);
  REQUIRE(server.sent.size() == 7);
  CHECK(server.sent[0] == 21);
}

TEST_CASE("RFC 8446 §5.1: a fragment of no octets of a message or alert gets unexpected_message", "[tls][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  ForgedSession forged(version);
  forged.server_reads(Content::handshake, {});
  CHECK(forged.pair->server.error == TlsError::unexpected_message);
  CHECK(client_hears(*forged.pair) == received(Alert::unexpected_message));
}

TEST_CASE("RFC 8446 §5: a record of an unknown type amid others gets unexpected_message", "[tls][alert][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  forged.pair->server.read_all(Octets{99, 3, 3, 0, 1, 0});
  CHECK(forged.pair->server.error == TlsError::unexpected_message);
  CHECK(client_hears(*forged.pair) == received(Alert::unexpected_message));
}

TEST_CASE("a damaged record gets bad_record_mac, and the session is over", "[tls][alert][RFC8446][RFC5246]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  ForgedSession forged(version);
  TlsPair& pair = *forged.pair;
  REQUIRE(pair.client.session.write(octets("question")));
  Octets record = pair.client.take();
  record.back() ^= 1;
  CHECK(pair.server.read_all(record).empty());
  CHECK(pair.server.error == TlsError::bad_record);
  CHECK(client_hears(pair) == received(Alert::bad_record_mac));
  CHECK(pair.client.session.failure() == "the peer refused with the alert bad_record_mac (20)");

  // It lasts, whatever is asked.
  REQUIRE(pair.client.sent.empty());  // a received alert is not answered
  tls::Bytes none;
  CHECK(pair.server.session.handshake(none).error() == TlsError::bad_record);
  CHECK(pair.server.session.write(octets("x")).error() == TlsError::bad_record);
  CHECK(pair.server.session.end_of_input().error() == TlsError::bad_record);
  pair.server.session.close_notify();
  CHECK(pair.server.sent.empty());
  CHECK_FALSE(pair.server.session.established());
}

TEST_CASE("RFC 8446 §4.6.3: KeyUpdate is not supported and gets unexpected_message", "[tls][alert][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  const std::array<std::uint8_t, 5> key_update{24, 0, 0, 1, GENERATE(std::uint8_t{0}, std::uint8_t{1})};
  SECTION("to a server") {
    forged.server_reads(Content::handshake, key_update);
    CHECK(forged.pair->server.error == TlsError::unexpected_message);
    CHECK(client_hears(*forged.pair) == received(Alert::unexpected_message));
  }
  SECTION("to a client") {
    forged.client_reads(Content::handshake, key_update);
    CHECK(forged.pair->client.error == TlsError::unexpected_message);
    forged.pair->server.read_all(forged.pair->client.take());
    CHECK(forged.pair->server.error == received(Alert::unexpected_message));
  }
}

TEST_CASE("RFC 8446 §6: in TLS 1.3 an alert is an error at any level, but user_canceled", "[tls][alert][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  TlsEnd& server = forged.pair->server;
  SECTION("a warning") {
    forged.server_reads(Content::alert, Octets{1, 40});
    CHECK(server.error == received(Alert::handshake_failure));
    CHECK(server.sent.empty());
  }
  SECTION("a number that no RFC gives") {
    forged.server_reads(Content::alert, Octets{1, 222});
    CHECK(server.error == tls::alert_received(222));
    CHECK(server.error.message() == "the peer refused with the alert unknown (222)");
  }
  SECTION("user_canceled, then close_notify") {
    forged.server_reads(Content::alert, Octets{1, 90});
    CHECK_FALSE(server.error);
    forged.server_reads(Content::alert, Octets{1, 0});
    CHECK_FALSE(server.error);
    CHECK(server.session.peer_closed());
  }
  SECTION("close_notify at the fatal level is a close_notify") {
    forged.server_reads(Content::alert, Octets{2, 0});
    CHECK_FALSE(server.error);
    CHECK(server.session.peer_closed());
  }
}

TEST_CASE("RFC 5246 §7.2: in TLS 1.2 a warning is no end", "[tls][alert][RFC5246]") {
  ForgedSession forged(Version::tls1_2);
  forged.server_reads(Content::alert, Octets{1, 90});
  CHECK_FALSE(forged.pair->server.error);
  CHECK(forged.server_reads(Content::application_data, octets("still here")) == "still here");
  forged.server_reads(Content::alert, Octets{2, 40});
  CHECK(forged.pair->server.error == received(Alert::handshake_failure));
}

TEST_CASE("an alert of another length than two octets gets decode_error", "[tls][alert]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const auto size = GENERATE(std::size_t{1}, std::size_t{3});
  ForgedSession forged(version);
  forged.server_reads(Content::alert, Octets(size, 1));
  CHECK(forged.pair->server.error == TlsError::malformed_message);
  CHECK(client_hears(*forged.pair) == received(Alert::decode_error));
}

TEST_CASE("empty records are no end of the stream; a fourth in a row is too much", "[tls][RFC8446][RFC5246]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  ForgedSession forged(version);
  for (int i = 0; i < 3; ++i) CHECK(forged.server_reads(Content::application_data, {}).empty());
  CHECK_FALSE(forged.pair->server.error);
  CHECK_FALSE(forged.pair->server.session.peer_closed());
  CHECK(forged.server_reads(Content::application_data, octets("data")) == "data");

  for (int i = 0; i < 4; ++i) forged.server_reads(Content::application_data, {});
  CHECK(forged.pair->server.error == TlsError::bad_record);
  CHECK(client_hears(*forged.pair) == received(Alert::bad_record_mac));
}

TEST_CASE("RFC 8446 §5.4: padding is taken off, and nothing but padding is unexpected_message", "[tls][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  CHECK(forged.server_reads(Content::application_data, octets("padded"), 1000) == "padded");
  forged.server_reads(Content{0}, Octets(20, 0));  // every octet a zero: no content type
  CHECK(forged.pair->server.error);
  CHECK(client_hears(*forged.pair) == received(Alert::unexpected_message));
}

TEST_CASE("RFC 8446 §5.2: more plaintext than 2^14 octets gets record_overflow", "[tls][alert][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  forged.server_reads(Content::application_data, Octets((1 << 14) + 1, 'x'));
  CHECK(forged.pair->server.error == TlsError::malformed_message);
  CHECK(client_hears(*forged.pair) == received(Alert::record_overflow));
}

TEST_CASE("a full record of 2^14 octets is read", "[tls][RFC8446][RFC5246]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  ForgedSession forged(version);
  CHECK(forged.server_reads(Content::application_data, Octets(1 << 14, 'x')).size() == 1 << 14);
  CHECK_FALSE(forged.pair->server.error);
}

TEST_CASE("RFC 5246 §7.4.1.1: a server that asks to renegotiate is refused, and the session goes on",
          "[tls][RFC5246]") {
  ForgedSession forged(Version::tls1_2);
  forged.client_reads(Content::handshake, Octets{0, 0, 0, 0});  // HelloRequest
  CHECK_FALSE(forged.pair->client.error);
  CHECK_FALSE(forged.pair->client.sent.empty());  // the warning no_renegotiation (§7.2.2)
  CHECK(forged.pair->to_server().empty());
  CHECK_FALSE(forged.pair->server.error);
  CHECK(forged.client_reads(Content::application_data, octets("on")) == "on");
}

TEST_CASE("RFC 8446 §4.6: a message of the handshake that has no place after it gets unexpected_message",
          "[tls][alert]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  ForgedSession forged(version);
  forged.server_reads(Content::handshake, Octets{20, 0, 0, 4, 1, 2, 3, 4});  // Finished
  CHECK(forged.pair->server.error == TlsError::unexpected_message);
  CHECK(client_hears(*forged.pair) == received(Alert::unexpected_message));
}

TEST_CASE("RFC 8446 §4.6.1: a ticket that breaks its rules gets decode_error", "[tls][alert][RFC8446]") {
  ForgedSession forged(Version::tls1_3);
  forged.client_reads(Content::handshake, Octets{4, 0, 0, 3, 0, 0, 0});
  CHECK(forged.pair->client.error == TlsError::malformed_message);
  forged.pair->server.read_all(forged.pair->client.take());
  CHECK(forged.pair->server.error == received(Alert::decode_error));
}

TEST_CASE("garbage where a ClientHello should be gets a fatal alert and nothing else", "[tls][alert]") {
  const int what = GENERATE(0x00, 0x01, 0x10, 0xff);
  Octets message{1, 0, 0, 60};
  message.insert(message.end(), 60, static_cast<std::uint8_t>(what));
  const Told told = server_told(RecordForge::plain(Content::handshake, message));
  CHECK(told.error);
  REQUIRE(told.answer.size() == 7);
  CHECK(told.answer[0] == 21);
  CHECK(told.answer[5] == 2);
}

TEST_CASE("RFC 8446 §4.4.4: a Finished that does not verify gets decrypt_error", "[tls][alert][RFC8446]") {
  std::vector<std::string> key_log;
  auto with_server = server_options();
  with_server.key_log = [&](std::string_view line) { key_log.emplace_back(line); };
  TlsPair pair(with_server, client_options());
  pair.client.shake({});
  pair.server.shake(pair.client.take());
  pair.client.shake(pair.server.take());
  Octets finished{20, 0, 0, 32};
  finished.resize(4 + 32);
  auto forge = RecordForge::tls1_3(key_log, "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
  pair.server.shake(forge.protect(Content::handshake, finished));
  CHECK(pair.server.error == TlsError::handshake_failed);
  CHECK(pair.server.session.failure() == "the two ends have not seen the same handshake");
  CHECK(client_hears(pair) == received(Alert::decrypt_error));
}

TEST_CASE("RFC 8446 §4.4.3: a server's signature that is not by its certificate's key gets decrypt_error",
          "[tls][alert][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const bool rsa = GENERATE(false, true);
  // Their keys are swapped. What is shared between tests is not touched.
  const auto pem = [&](std::uint64_t seed) {
    const auto key = rsa ? tls::CertificateRequest::Key::rsa_2048 : tls::CertificateRequest::Key::ecdsa_p256;
    const auto made = tls::make_signed(ordinary_request(key), authority(), seeded_random(seed)).value();
    return tls::Identity::from_pem(made.certificate, made.key).value();
  };
  const tls::Identity one = pem(21);
  const tls::Identity other = pem(22);
  auto with_server = server_options();
  with_server.identities = {one};
  with_server.highest = version;
  std::swap(*one.parts().key.get(), *other.parts().key.get());
  // An RSA signature is a random number, for the wrong modulus one with the wrong padding, or too large.
  for (int handshake = 0; handshake < (rsa ? 10 : 1); ++handshake) {
    TlsPair pair(with_server, client_options());
    CHECK_FALSE(pair.shake_hands());
    CHECK(pair.client.error == TlsError::signature_mismatch);
    CHECK(pair.server.error == received(Alert::decrypt_error));
  }
}
