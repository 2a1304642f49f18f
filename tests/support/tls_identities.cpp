#include "tests/support/tls_identities.hpp"

#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using tls::CertificateRequest;

constexpr std::uint64_t seed_of_certificates = 7;

template <class T>
T must(std::expected<T, std::error_code> result) {
  if (!result) throw std::runtime_error("test certificates: " + result.error().message());
  return std::move(*result);
}

CertificateRequest request_for(const char* common_name, CertificateRequest::Use use) {
  CertificateRequest request{};
  request.common_name = common_name;
  request.use = use;
  request.not_before = std::chrono::sys_days{2020y / 1 / 1};
  request.not_after = std::chrono::sys_days{2049y / 12 / 31};
  return request;
}

}  // namespace

tls::Random seeded_random(std::uint64_t seed) {
  auto engine = std::make_shared<std::mt19937_64>(seed);
  return [engine](tls::MutableBytes octets) {
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>((*engine)() >> 56);
  };
}

CertificateRequest ordinary_request(CertificateRequest::Key key) {
  CertificateRequest request = request_for("www.example.org", CertificateRequest::Use::server);
  request.names = {"www.example.org", "*.example.net", "192.0.2.2", "2001:db8::2"};
  request.key = key;
  return request;
}

const tls::MadeCertificate& authority() {
  static const tls::MadeCertificate made = must(tls::make_self_signed(
      request_for("Test Authority", CertificateRequest::Use::authority), seeded_random(seed_of_certificates)));
  return made;
}

tls::Authorities authorities() { return must(tls::Authorities::from_pem(authority().certificate)); }

tls::Identity signed_identity(const CertificateRequest& request) {
  const auto made = must(tls::make_signed(request, authority(), seeded_random(seed_of_certificates + 1)));
  return must(tls::Identity::from_pem(made.certificate, made.key));
}

const tls::Identity& server_identity(CertificateRequest::Key key) {
  if (key == CertificateRequest::Key::rsa_2048) {  // it takes its time to make
    static const tls::Identity rsa = signed_identity(ordinary_request(key));
    return rsa;
  }
  static const tls::Identity ecdsa = signed_identity(ordinary_request(key));
  return ecdsa;
}

const tls::Identity& client_identity() {
  static const tls::Identity alice = signed_identity(request_for("alice", CertificateRequest::Use::client));
  return alice;
}

tls::ServerOptions server_options() {
  tls::ServerOptions options{};
  options.identities = {server_identity()};
  options.random = seeded_random(1);
  return options;
}

tls::ClientOptions client_options() {
  tls::ClientOptions options{};
  options.authorities = authorities();
  options.random = seeded_random(2);
  return options;
}

}  // namespace handwave::test
