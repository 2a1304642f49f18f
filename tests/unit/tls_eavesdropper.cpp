// The eavesdropper reads the traces of RFC 8448 and of OpenSSL to the last message, with and without their secrets, and
// nothing that is said to it makes it stumble.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_trace.hpp"
#include "tls/eavesdropper.hpp"

namespace {

using namespace handwave;
using namespace handwave::tls;
using namespace handwave::test;
using Octets = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

/// As RFC 8446 §2 draws it: "C {Finished}".
std::string line(const Overheard& message) {
  const auto marked = [&](const char* open, const char* close) { return open + message.name + close; };
  std::string out = message.from == Speaker::client ? "C " : "S ";
  switch (message.protection) {
    case Protection::none:
      out += message.name;
      break;
    case Protection::handshake_keys:
      out += marked("{", "}");
      break;
    case Protection::application_keys:
      out += marked("[", "]");
      break;
    case Protection::unknown_keys:
      out += marked("?", "?");
      break;
  }
  if (!message.text.empty()) out += ": " + message.text;
  if (message.kind == Overheard::Kind::application_data) out += ": " + std::to_string(message.length);
  return out;
}

void append(Lines& lines, Eavesdropper& eavesdropper) {
  for (const Overheard& message : eavesdropper.take()) lines.push_back(line(message));
}

enum class Keys { early, late, never };

Lines listen(const TlsTrace& trace, Keys keys, std::size_t piece = SIZE_MAX) {
  Eavesdropper eavesdropper;
  Lines lines;
  for (const TlsTrace::Turn& turn : trace.turns) {
    const Octets octets = TlsTrace::octets(turn);
    for (Bytes rest{octets}; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
      eavesdropper.hear(turn.from, rest.first(std::min(piece, rest.size())));
    append(lines, eavesdropper);
    if (keys == Keys::early)
      for (const auto secret : trace.key_log) eavesdropper.add_secret(secret);
  }
  if (keys == Keys::late)
    for (const auto secret : trace.key_log) eavesdropper.add_secret(secret);
  eavesdropper.stop_waiting();
  append(lines, eavesdropper);
  return lines;
}

/// The lines of one end.
Lines of(char end, const Lines& all) {
  Lines some;
  for (const std::string& one : all)
    if (one.front() == end) some.push_back(one);
  return some;
}

}  // namespace

TEST_CASE("RFC 8448 §3 is read from ClientHello to both close_notifys", "[tls][RFC8448][RFC8446-2]") {
  const Lines expected = {
      "C ClientHello: TLS 1.3, 3 suites, for server",
      "S ServerHello: TLS 1.3, AES_128_GCM_SHA256, x25519",
      "S {EncryptedExtensions}",
      "S {Certificate}: 1 certificate, 432 octets",
      "S {CertificateVerify}: signed with rsa_pss_rsae_sha256",
      "S {Finished}",
      "C {Finished}",
      "S [NewSessionTicket]: good for 30 s",
      "C [Application Data]: 50",
      "S [Application Data]: 50",
      "C [Alert]: close_notify",
      "S [Alert]: close_notify",
  };
  CHECK(listen(rfc8448_simple(), Keys::early) == expected);
  CHECK(listen(rfc8448_simple(), Keys::early, 1) == expected);
  const Lines late = listen(rfc8448_simple(), Keys::late);
  CHECK(of('C', late) == of('C', expected));
  CHECK(of('S', late) == of('S', expected));
}

TEST_CASE("RFC 8448 §5 is read through its HelloRetryRequest", "[tls][RFC8448][RFC8446-4.1.4]") {
  const Lines expected = {
      "C ClientHello: TLS 1.3, 3 suites, for server",
      "S HelloRetryRequest: TLS 1.3, AES_128_GCM_SHA256, secp256r1",
      "C ClientHello: TLS 1.3, 3 suites, for server",
      "S ServerHello: TLS 1.3, AES_128_GCM_SHA256, secp256r1",
      "S {EncryptedExtensions}",
      "S {Certificate}: 1 certificate, 432 octets",
      "S {CertificateVerify}: signed with rsa_pss_rsae_sha256",
      "S {Finished}",
      "C {Finished}",
      "C [Alert]: close_notify",
      "S [Alert]: close_notify",
  };
  CHECK(listen(rfc8448_retry(), Keys::early) == expected);
}

TEST_CASE("TLS 1.2 with static RSA is read as the textbooks draw it", "[tls][RFC5246-7.3]") {
  const Lines expected = {
      "C ClientHello: TLS 1.2, 1 suite, for example.org, ALPN http/1.1",
      "S ServerHello: TLS 1.2, RSA_WITH_AES_128_GCM_SHA256",
      "S Certificate: 1 certificate, 504 octets",
      "S ServerHelloDone",
      "C ClientKeyExchange: PreMasterSecret, encrypted to the certificate",
      "C ChangeCipherSpec",
      "C [Finished]",
      "S NewSessionTicket: good for 7200 s",
      "S ChangeCipherSpec",
      "S [Finished]",
      "C [Application Data]: 19",
      "S [Application Data]: 51",
      "S [Alert]: close_notify",
      "C [Alert]: close_notify",
  };
  CHECK(listen(openssl_static_rsa(), Keys::early) == expected);
  const Lines late = listen(openssl_static_rsa(), Keys::late, 7);
  CHECK(of('C', late) == of('C', expected));
  CHECK(of('S', late) == of('S', expected));
}

TEST_CASE("TLS 1.2 with an ephemeral key and either AEAD is read", "[tls][RFC7905-2][RFC5288-3]") {
  const auto expected = [](const std::string& suite) {
    return Lines{
        "C ClientHello: TLS 1.2, 1 suite, for example.org, ALPN http/1.1",
        "S ServerHello: TLS 1.2, " + suite,
        "S Certificate: 1 certificate, 369 octets",
        "S ServerKeyExchange: x25519, signed with ecdsa_secp256r1_sha256",
        "S ServerHelloDone",
        "C ClientKeyExchange: the client's half of the key agreement",
        "C ChangeCipherSpec",
        "C [Finished]",
        "S NewSessionTicket: good for 7200 s",
        "S ChangeCipherSpec",
        "S [Finished]",
        "C [Application Data]: 19",
        "S [Application Data]: 51",
        "S [Alert]: close_notify",
        "C [Alert]: close_notify",
    };
  };
  CHECK(listen(openssl_tls12_chacha20(), Keys::early) == expected("ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"));
  CHECK(listen(openssl_tls12_aes256(), Keys::early) == expected("ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"));
}

TEST_CASE("TLS 1.3 is read with either other AEAD, and on after KeyUpdates", "[tls][RFC8446-7.2][RFC8446-D.4]") {
  const Lines chacha20 = {
      "C ClientHello: TLS 1.3, 1 suite, for example.org, ALPN http/1.1",
      "S ServerHello: TLS 1.3, CHACHA20_POLY1305_SHA256, x25519",
      "S ChangeCipherSpec: for middleboxes only",
      "S {EncryptedExtensions}",
      "S {Certificate}: 1 certificate, 368 octets",
      "S {CertificateVerify}: signed with ecdsa_secp256r1_sha256",
      "S {Finished}",
      "C ChangeCipherSpec: for middleboxes only",
      "C {Finished}",
      "S [NewSessionTicket]: good for 7200 s",
      "C [Application Data]: 19",
      "S [Application Data]: 51",
      "S [Alert]: close_notify",
      "C [Alert]: close_notify",
  };
  CHECK(listen(openssl_tls13_chacha20(), Keys::early) == chacha20);
  const Lines updated = listen(openssl_tls13_aes256_key_update(), Keys::early);
  const Lines last(updated.end() - 7, updated.end());
  CHECK(last == Lines{"S [NewSessionTicket]: good for 7200 s", "C [KeyUpdate]", "C [Application Data]: 19",
                      "C [Alert]: close_notify", "S [KeyUpdate]", "S [Application Data]: 51",
                      "S [Alert]: close_notify"});
}

TEST_CASE("Without secrets, what is encrypted is told as it looks", "[tls]") {
  const Lines tls13 = listen(rfc8448_simple(), Keys::never);
  CHECK(tls13 == Lines{"C ClientHello: TLS 1.3, 3 suites, for server",
                       "S ServerHello: TLS 1.3, AES_128_GCM_SHA256, x25519", "C ?encrypted record?",
                       "C ?encrypted record?", "C ?encrypted record?", "S ?encrypted record?", "S ?encrypted record?",
                       "S ?encrypted record?", "S ?encrypted record?"});
  const Lines client = of('C', listen(openssl_static_rsa(), Keys::never));
  CHECK(client == Lines{"C ClientHello: TLS 1.2, 1 suite, for example.org, ALPN http/1.1",
                        "C ClientKeyExchange: PreMasterSecret, encrypted to the certificate", "C ChangeCipherSpec",
                        "C ?encrypted handshake message?", "C ?encrypted application data?", "C ?encrypted alert?"});
}

TEST_CASE("The eavesdropper keeps the beginning of application data, and where each message ended", "[tls]") {
  Eavesdropper eavesdropper;
  std::vector<Overheard> all;
  std::uint64_t heard = 0;
  for (const TlsTrace::Turn& turn : openssl_static_rsa().turns) {
    const Octets octets = TlsTrace::octets(turn);
    if (turn.from == Speaker::client) heard += octets.size();
    eavesdropper.hear(turn.from, octets);
    for (const auto secret : openssl_static_rsa().key_log) eavesdropper.add_secret(secret);
    for (const Overheard& message : eavesdropper.take()) all.push_back(message);
  }
  CHECK(all[0].end == 153);
  CHECK(all[0].length == 148);
  CHECK(all[10].beginning == "GET /f HTTP/1.0\r\n\r\n");
  CHECK(all[11].beginning.starts_with("HTTP/1.0 200 ok\r\n"));
  CHECK(all[13].is_close_notify());
  CHECK(all[13].end == heard);
  CHECK(eavesdropper.is_tls());
  CHECK(eavesdropper.settled().version == tls1_2_number);
}

TEST_CASE("Of a run of records alike the first is decrypted, and what differs, answers or is small", "[tls]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  std::vector<std::string> key_log;
  auto with_server = server_options();
  with_server.highest = version;
  with_server.key_log = [&](std::string_view secret) { key_log.emplace_back(secret); };
  TlsPair pair(with_server, client_options());
  Eavesdropper eavesdropper;
  pair.client.shake({});
  while (!(pair.client.sent.empty() && pair.server.sent.empty())) {
    const Octets request = pair.client.take();
    eavesdropper.hear(Speaker::client, request);
    pair.server.shake(request);
    const Octets answer = pair.server.take();
    eavesdropper.hear(Speaker::server, answer);
    for (const std::string& secret : key_log) eavesdropper.add_secret(secret);
    pair.client.shake(answer);
  }
  eavesdropper.take();
  constexpr std::size_t full = 16000;
  const auto write = [&](std::size_t count) {
    REQUIRE(pair.server.session.write(octets("HTTP/1.1 " + std::string(count - 9, 'x')), full));
  };
  const auto heard = [&] {
    eavesdropper.hear(Speaker::server, pair.server.take());
    return eavesdropper.take();
  };

  write(20 * full);
  pair.server.sent[pair.server.sent.size() / 2 + 100] ^= 1;  // in the eleventh, which nobody looks into
  write(500);
  const auto bulk = heard();
  REQUIRE(bulk.size() == 21);
  for (const Overheard& message : bulk) {
    CHECK(message.kind == Overheard::Kind::application_data);
    CHECK(message.protection == Protection::application_keys);
    CHECK(message.length == (&message == &bulk.back() ? 500 : full));
    CHECK(message.beginning.starts_with("HTTP/1.1 ") == (&message == &bulk.front() || &message == &bulk.back()));
  }
  // An answer of the same size is another beginning.
  write(full);
  CHECK(heard().front().beginning.size() == Overheard::max_beginning);
  REQUIRE(pair.client.session.write(octets("GET /")));
  eavesdropper.hear(Speaker::client, pair.client.take());
  CHECK(eavesdropper.take().front().beginning == "GET /");
  write(full);
  CHECK(heard().front().beginning.size() == Overheard::max_beginning);
  // Small records are all looked into, whatever their size: this has that of an alert.
  for (int i = 0; i < 2; ++i) REQUIRE(pair.server.session.write(octets("ok")));
  for (const Overheard& message : heard()) CHECK(message.beginning == "ok");
  pair.server.session.close_notify();
  CHECK(heard().back().is_close_notify());
  // After one that cannot be read nothing is taken for the same.
  for (const std::size_t size : {full, full, 500UL, full}) {
    REQUIRE(pair.client.session.write(octets(std::string(size, 'x')), full));
    if (size == 500) pair.client.sent[100] ^= 1;
    eavesdropper.hear(Speaker::client, pair.client.take());
  }
  const auto damaged = eavesdropper.take();
  REQUIRE(damaged.size() == 4);
  CHECK(damaged[1].kind == Overheard::Kind::application_data);
  CHECK(damaged[2].kind == Overheard::Kind::encrypted);
  CHECK(damaged[3].kind == Overheard::Kind::encrypted);
}

TEST_CASE("Secrets that are wrong, or of another connection, decrypt nothing and do no harm", "[tls]") {
  const TlsTrace& trace = rfc8448_simple();
  TlsTrace wrong = trace;
  const std::string other = "SERVER_HANDSHAKE_TRAFFIC_SECRET " + std::string(64, '0') + " " + std::string(64, '0');
  const std::string bad = std::string{trace.key_log[1].substr(0, 97)} + std::string(64, '7');
  wrong.key_log = {other, "no such line", "", "# a comment", "CLIENT_RANDOM 00 00", trace.key_log[0], bad};
  const Lines lines = listen(wrong, Keys::early);
  CHECK(of('S', lines) == of('S', listen(trace, Keys::never)));
  CHECK(of('C', lines)[1] == "C {Finished}");
}

TEST_CASE("A secret of another hash's size decrypts nothing", "[tls]") {
  // Found by fuzzing: a secret of SHA-256's size where the suite has SHA-384.
  TlsTrace wrong = openssl_tls13_aes256_key_update();
  for (std::string_view& line : wrong.key_log) line.remove_suffix(32);
  CHECK(listen(wrong, Keys::early) == listen(wrong, Keys::never));
  TlsTrace short_master = openssl_static_rsa();
  for (std::string_view& line : short_master.key_log) line.remove_suffix(2);
  CHECK(of('S', listen(short_master, Keys::early)) == of('S', listen(short_master, Keys::never)));
}

TEST_CASE("What is not TLS is said once", "[tls]") {
  Eavesdropper plain;
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  for (int i = 0; i < 3; ++i) plain.hear(Speaker::client, {reinterpret_cast<const std::uint8_t*>(request.data()), 18});
  CHECK(plain.take().size() == 1);
  CHECK_FALSE(plain.is_tls());

  Eavesdropper answered;
  answered.hear(Speaker::client, TlsTrace::octets(rfc8448_simple().turns[0]));
  const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  answered.hear(Speaker::server, {reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()});
  answered.hear(Speaker::server, {reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size()});
  Lines lines;
  append(lines, answered);
  CHECK(lines == Lines{"C ClientHello: TLS 1.3, 3 suites, for server", "S not TLS"});
  CHECK(answered.is_tls());
}

TEST_CASE("An oversized record or handshake message ends the reading, and memory stays bounded", "[tls]") {
  Eavesdropper eavesdropper;
  eavesdropper.hear(Speaker::client, Octets{22, 3, 1, 0x48, 1});
  Lines lines;
  append(lines, eavesdropper);
  CHECK(lines == Lines{"C not TLS"});

  Eavesdropper other;
  other.hear(Speaker::client, Octets{22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff});
  lines.clear();
  append(lines, other);
  CHECK(lines == Lines{"C a handshake message that is too long"});

  // Records that wait for their keys: past the limit they are told as they are, not kept.
  Eavesdropper patient;
  for (const auto& turn : {rfc8448_simple().turns[0], rfc8448_simple().turns[1]})
    patient.hear(turn.from, TlsTrace::octets(turn));
  Octets record(5 + 16000);
  record = {23, 3, 3, 16000 >> 8, 16000 & 0xff};
  record.resize(5 + 16000);
  std::size_t told = patient.take().size();
  REQUIRE(told == 2);
  for (std::size_t sent = 0; sent <= Eavesdropper::max_waiting; sent += record.size())
    patient.hear(Speaker::server, record);
  told = patient.take().size();
  CHECK(told > Eavesdropper::max_waiting / record.size());
}

TEST_CASE("Every prefix and every changed octet of a trace is survived", "[tls]") {
  for (const TlsTrace* const trace : {&rfc8448_simple(), &openssl_static_rsa()}) {
    std::vector<Octets> turns;
    std::size_t total = 0;
    for (const TlsTrace::Turn& turn : trace->turns) total += turns.emplace_back(TlsTrace::octets(turn)).size();
    for (std::size_t at = 0; at < total; ++at) {
      for (const bool cut : {true, false}) {
        Eavesdropper eavesdropper;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < turns.size(); ++i) {
          Octets octets = turns[i];
          const bool here = at >= begin && at < begin + octets.size();
          if (here && cut) octets.resize(at - begin);
          if (here && !cut) octets[at - begin] ^= static_cast<std::uint8_t>(1 + at % 255);
          begin += turns[i].size();
          eavesdropper.hear(trace->turns[i].from, octets);
          if (i < 2)
            for (const auto secret : trace->key_log) eavesdropper.add_secret(secret);
        }
        eavesdropper.stop_waiting();
        // Each message costs octets: there cannot be more.
        REQUIRE(eavesdropper.take().size() < 20);
      }
    }
  }
}
