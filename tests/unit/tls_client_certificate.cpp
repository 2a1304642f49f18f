// A server that lets in only who proves who they are: RFC 8446 §4.4.2.4, §4.4.3, §6.2, RFC 5246 §7.4.6, §7.4.8. Whoever
// does not gets the alert that is due, no octet in and none out, and nothing to resume from.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/determinism/cryptography.hpp"
#include "tests/support/record_forge.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"
#include "tls/alert.hpp"
#include "tls/mbed.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;
using tls::Alert;
using tls::CertificateRequest;
using tls::TlsError;
using tls::Version;

namespace {

using Octets = std::vector<std::uint8_t>;

CertificateRequest request_for(const char* name, CertificateRequest::Use use = CertificateRequest::Use::client) {
  auto request = ordinary_request();
  request.common_name = name;
  request.names.clear();
  request.use = use;
  return request;
}

/// Another authority than everybody's.
const tls::MadeCertificate& stranger() {
  static const tls::MadeCertificate made =
      tls::make_self_signed(request_for("Stranger", CertificateRequest::Use::authority), seeded_random(6)).value();
  return made;
}

tls::Identity signed_by(const tls::MadeCertificate& authority, const CertificateRequest& request) {
  const auto made = tls::make_signed(request, authority, seeded_random(8)).value();
  return tls::Identity::from_pem(made.certificate, made.key).value();
}

/// Alice's certificate, which everybody may have, and a key that is not hers.
tls::Identity impostor() {
  const auto made = tls::make_signed(request_for("alice"), authority(), seeded_random(9)).value();
  auto alice = tls::Identity::from_pem(made.certificate, made.key).value();
  auto mallory = signed_by(stranger(), request_for("mallory"));
  std::swap(*alice.parts().key.get(), *mallory.parts().key.get());
  return alice;
}

tls::ServerOptions strict_server(Version version) {
  auto options = server_options();
  options.client_authorities = authorities();
  options.highest = version;
  return options;
}

tls::ClientOptions client_with(std::optional<tls::Identity> identity) {
  auto options = client_options();
  options.identity = std::move(identity);
  return options;
}

/// The client believes in the connection, as one of TLS 1.3 does until the alert comes, and speaks.
void check_refused(TlsPair& pair, TlsError error, Alert alert) {
  CHECK(pair.server.error == error);
  CHECK_FALSE(pair.server.session.established());
  const Octets refusal = pair.server.take();
  const bool spoke = pair.client.session.write(octets("GET /secret")).has_value();
  CHECK(pair.server.read_all(pair.client.take()).empty());
  CHECK(pair.server.error == error);
  CHECK(pair.server.session.write(octets("secret")).error() == error);
  pair.server.session.close_notify();
  CHECK(pair.server.sent.empty());
  CHECK(pair.client.read_all(refusal).empty());
  if (!spoke) pair.client.shake(refusal);
  CHECK(pair.client.error == tls::alert_received(static_cast<std::uint8_t>(alert)));
  CHECK(pair.client.session.resumption() == nullptr);
}

/// Goes on until the server has refused, and holds back what it says then.
void shake_until_refused(TlsPair& pair) {
  pair.client.shake({});
  for (int flights = 0; flights < 4 && !pair.server.error; ++flights) {
    pair.server.shake(pair.client.take());
    if (!pair.server.error) pair.client.shake(pair.server.take());
  }
}

struct Case {
  const char* name;
  tls::Identity identity;
  TlsError error;
  Alert alert;
};

std::vector<Case> refused_cases() {
  auto expired = request_for("expired");
  expired.not_after = std::chrono::sys_days{2021y / 1 / 1};
  auto future = request_for("future");
  future.not_before = std::chrono::sys_days{2048y / 1 / 1};
  const auto own = tls::make_self_signed(request_for("own"), seeded_random(5)).value();
  return {
      {"a stranger's", signed_by(stranger(), request_for("bob")), TlsError::certificate_unknown_authority,
       Alert::unknown_ca},
      {"its own", tls::Identity::from_pem(own.certificate, own.key).value(), TlsError::certificate_self_signed,
       Alert::unknown_ca},
      {"expired", signed_by(authority(), expired), TlsError::certificate_expired, Alert::certificate_expired},
      {"not yet valid", signed_by(authority(), future), TlsError::certificate_not_yet_valid,
       Alert::certificate_expired},
      {"a server's", server_identity(), TlsError::certificate_wrong_use, Alert::unsupported_certificate},
      {"another's", impostor(), TlsError::signature_mismatch, Alert::decrypt_error},
  };
}

}  // namespace

TEST_CASE("Who shows the right certificate is let in", "[tls][client certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(strict_server(version), client_with(client_identity()));
  REQUIRE(pair.shake_hands());
  REQUIRE(pair.client.session.write(octets("GET /secret")));
  CHECK(pair.to_server() == "GET /secret");
  REQUIRE(pair.server.session.write(octets("secret")));
  CHECK(pair.to_client() == "secret");
}

TEST_CASE("RFC 8446 §4.4.2.4, RFC 5246 §7.4.6: who shows no certificate is refused",
          "[tls][client certificate][RFC8446][RFC5246]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  TlsPair pair(strict_server(version), client_options());
  shake_until_refused(pair);
  check_refused(pair, TlsError::certificate_missing,
                version == Version::tls1_3 ? Alert::certificate_required : Alert::handshake_failure);
}

TEST_CASE("RFC 8446 §6.2: each certificate that proves nothing gets its alert", "[tls][client certificate][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  for (const Case& one : refused_cases()) {
    INFO(one.name << " in " << name_of(version));
    TlsPair pair(strict_server(version), client_with(one.identity));
    shake_until_refused(pair);
    check_refused(pair, one.error, one.alert);
  }
}

TEST_CASE("A client that leaves the Certificate message out is out of order", "[tls][client certificate]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  std::vector<std::string> key_log;
  auto with_server = strict_server(version);
  with_server.key_log = [&](std::string_view line) { key_log.emplace_back(line); };
  TlsPair pair(with_server, client_options());
  pair.client.shake({});
  pair.server.shake(pair.client.take());
  pair.client.shake(pair.server.take());
  Octets flight = pair.client.take();
  if (version == Version::tls1_2) {  // an empty Certificate, in the clear, leads the flight
    REQUIRE(flight.size() > 5);
    flight.erase(flight.begin(), flight.begin() + 5 + (flight[3] << 8 | flight[4]));
  } else {
    Octets finished{20, 0, 0, 32};
    finished.resize(4 + 32);
    flight = RecordForge::tls1_3(key_log, "CLIENT_HANDSHAKE_TRAFFIC_SECRET").protect(Content::handshake, finished);
  }
  pair.server.shake(flight);
  CHECK(pair.server.error == TlsError::unexpected_message);
  CHECK_FALSE(pair.server.session.established());
  pair.client.read_all(pair.server.take());
}

TEST_CASE("A ticket of a server that asked nobody, or trusted others, opens nothing where a certificate is wanted",
          "[tls][client certificate][resumption]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  const bool asked = GENERATE(false, true);
  auto before = strict_server(version);
  if (asked)
    before.client_authorities = tls::Authorities::from_pem(stranger().certificate).value();
  else
    before.client_authorities.reset();
  const auto bob = client_with(signed_by(stranger(), request_for("bob")));
  TlsPair earlier{tls::ServerContext(before), tls::ClientContext(bob)};
  REQUIRE(earlier.shake_hands());
  earlier.to_client();
  const auto ticket = earlier.client.session.resumption();
  REQUIRE(ticket != nullptr);

  auto now = strict_server(version);
  now.random = seeded_random(77);  // the server was started again
  SECTION("whoever comes with it and nothing else is refused") {
    TlsPair pair(tls::ServerContext(now), tls::ClientContext(client_options()), "www.example.org", ticket.get());
    shake_until_refused(pair);
    CHECK(pair.server.error == TlsError::certificate_missing);
  }
  SECTION("whoever comes with it and the old certificate, too") {
    TlsPair pair(tls::ServerContext(now), tls::ClientContext(bob), "www.example.org", ticket.get());
    shake_until_refused(pair);
    CHECK(pair.server.error == TlsError::certificate_unknown_authority);
  }
  SECTION("who has the right certificate shows it") {
    TlsPair pair(tls::ServerContext(now), tls::ClientContext(client_with(client_identity())), "www.example.org",
                 ticket.get());
    REQUIRE(pair.shake_hands());
    CHECK_FALSE(pair.server.session.resumed());
  }
}

TEST_CASE("RFC 8446 §4.6.1: resuming does not put off the day when a client's certificate is to be shown again",
          "[tls][client certificate][resumption][RFC8446]") {
  const Version version = GENERATE(Version::tls1_2, Version::tls1_3);
  auto with_server = strict_server(version);
  with_server.ticket_lifetime = 1h;
  const tls::ServerContext server(with_server);
  const tls::ClientContext client(client_with(client_identity()));
  std::shared_ptr<const tls::Resumption> ticket;
  const auto resumes_at = [&](std::chrono::sys_seconds time) {
    set_cryptography_time(time);
    TlsPair pair(server, client, "www.example.org", ticket.get());
    REQUIRE(pair.shake_hands());
    pair.to_client();
    if (auto newest = pair.client.session.resumption()) ticket = std::move(newest);
    return pair.server.session.resumed();
  };
  const auto noon = std::chrono::sys_days{2025y / 6 / 1} + 12h;
  CHECK_FALSE(resumes_at(noon));
  CHECK(resumes_at(noon + 30min));
  CHECK(resumes_at(noon + 50min));
  CHECK_FALSE(resumes_at(noon + 70min));
  CHECK(resumes_at(noon + 80min));
  set_cryptography_time(std::nullopt);
}
