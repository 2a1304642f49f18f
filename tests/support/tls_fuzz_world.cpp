#include "tests/support/tls_fuzz_world.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include "tests/determinism/cryptography.hpp"
#include "tests/support/tls_identities.hpp"

namespace handwave::test {
namespace {

constexpr std::size_t static_rsa = 4;

std::mt19937_64 octets_of_all{1};

tls::Random common_random() {
  return [](tls::MutableBytes octets) {
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(octets_of_all() >> 56);
  };
}

template <class Options>
Options of_kind(Options options, std::size_t kind) {
  options.highest = kind % 2 == 0 ? tls::Version::tls1_3 : tls::Version::tls1_2;
  options.teach_static_rsa = kind == static_rsa;
  options.random = common_random();
  return options;
}

bool proves(std::size_t kind) { return kind / 2 == 1; }

/// What a session says whatever it is asked once it has failed.
void require_lasting(TlsEnd& end) {
  tls::Bytes none;
  std::array<std::uint8_t, 16> buffer{};
  require(end.session.handshake(none) == std::unexpected(end.error), "an error lasts: handshake");
  require(end.session.read(none, buffer) == std::unexpected(end.error), "an error lasts: read");
  require(end.session.write(octets("x")) == std::unexpected(end.error), "an error lasts: write");
  require(end.session.end_of_input() == std::unexpected(end.error), "an error lasts: end of input");
  require(!end.session.established(), "what has failed is not established");
  require(!end.session.failure().empty(), "what has failed says why");
  const std::size_t records = end.records;
  end.session.close_notify();
  require(end.records == records, "nothing is sent after an error");
}

}  // namespace

void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

void begin_tls_world() {
  set_cryptography_time(std::chrono::sys_days{std::chrono::year{2025} / 6 / 1});
  reseed_cryptography(1);
  octets_of_all.seed(1);
}

const tls::ServerContext& fuzz_server(std::size_t kind) {
  static std::array<std::optional<tls::ServerContext>, tls_kinds> contexts;
  auto& context = contexts[kind];
  if (!context) {
    begin_tls_world();
    auto options = of_kind(server_options(), kind);
    if (kind == static_rsa) options.identities = {server_identity(tls::CertificateRequest::Key::rsa_2048)};
    if (proves(kind)) options.client_authorities = authorities();
    context.emplace(std::move(options));
  }
  return *context;
}

const tls::ClientContext& fuzz_client(std::size_t kind) {
  static std::array<std::optional<tls::ClientContext>, tls_kinds> contexts;
  auto& context = contexts[kind];
  if (!context) {
    begin_tls_world();
    auto options = of_kind(client_options(), kind);
    if (proves(kind)) options.identity = client_identity();
    context.emplace(std::move(options));
  }
  return *context;
}

void prepare_tls_world() {
  for (std::size_t kind = 0; kind < tls_kinds; ++kind) {
    fuzz_server(kind);
    fuzz_client(kind);
  }
}

std::string feed(TlsEnd& end, tls::Bytes ciphertext) {
  if (end.error) {
    require_lasting(end);
    return {};
  }
  std::string text;
  if (!end.session.established()) {
    const std::string early = end.read_all(ciphertext);
    require(early.empty(), "there is no plaintext before the handshake is complete");
    end.shake({});
  } else {
    text = end.read_all(ciphertext);
  }
  if (!end.error && end.session.established()) {
    text += end.read_all();
    if (!end.error && !text.empty())
      require(end.session.write(octets(text)).has_value(), "what is read can be answered");
    if (!end.error && end.session.peer_closed()) end.session.close_notify();
  }
  if (end.error) require_lasting(end);
  return text;
}

}  // namespace handwave::test
