// Mbed TLS by itself, in memory and on one core: what a suite's encryption costs alone, what a session's records cost,
// and how many handshakes a second there are. What the stack around it reaches is to be held against these, in one run.
//
//   usage: bench_tls_records [SECONDS]     seconds a row, 1 if not said
#include <fmt/core.h>
#include <psa/crypto.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using Clock = std::chrono::steady_clock;
using Key = tls::CertificateRequest::Key;
using tls::Version;

namespace {

std::chrono::duration<double> patience{1};

/// How often a second `call` can be called.
template <class Call>
double rate(Call call) {
  call();
  const auto begin = Clock::now();
  std::uint64_t calls = 0;
  std::chrono::duration<double> passed{};
  while ((passed = Clock::now() - begin) < patience) {
    call();
    ++calls;
  }
  return static_cast<double>(calls) / passed.count();
}

void must(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

/// Megabytes a second that an AEAD seals, in pieces as large as a record.
double seal_rate(psa_key_type_t type, std::size_t bits, psa_algorithm_t algorithm) {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, type);
  psa_set_key_bits(&attributes, bits);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
  psa_set_key_algorithm(&attributes, algorithm);
  psa_key_id_t key = 0;
  must(psa_crypto_init() == PSA_SUCCESS && psa_generate_key(&attributes, &key) == PSA_SUCCESS, "cannot make a key");
  const std::vector<std::uint8_t> plaintext(16384, 'x');
  std::vector<std::uint8_t> ciphertext(plaintext.size() + 16);
  const std::vector<std::uint8_t> nonce(12);
  const double records = rate([&] {
    std::size_t size = 0;
    must(psa_aead_encrypt(key, algorithm, nonce.data(), nonce.size(), nullptr, 0, plaintext.data(), plaintext.size(),
                          ciphertext.data(), ciphertext.size(), &size) == PSA_SUCCESS,
         "cannot encrypt");
  });
  psa_destroy_key(key);
  return records * static_cast<double>(plaintext.size()) / 1e6;
}

tls::ServerOptions server_of(Version version, Key key, bool static_rsa = false) {
  auto options = server_options();
  options.identities = {server_identity(key)};
  options.highest = version;
  options.teach_static_rsa = static_rsa;
  return options;
}

tls::ClientOptions client_of(bool static_rsa = false) {
  auto options = client_options();
  options.teach_static_rsa = static_rsa;
  return options;
}

/// Megabytes a second that a session encrypts, and that the other decrypts.
void records_row(const tls::ServerOptions& with_server, const tls::ClientOptions& with_client) {
  TlsPair pair(with_server, with_client);
  must(pair.shake_hands(), "the handshake failed");
  pair.to_client();  // the ticket
  const std::string text(1 << 20, 'x');
  std::vector<std::uint8_t> buffer(16384);
  std::chrono::duration<double> writing{};
  std::chrono::duration<double> reading{};
  std::uint64_t octets_read = 0;
  while (writing + reading < patience) {
    const auto begin = Clock::now();
    must(pair.server.session.write(octets(text)).has_value(), "cannot write");
    const auto middle = Clock::now();
    const auto sent = pair.server.take();
    tls::Bytes rest = sent;
    const auto again = Clock::now();
    while (const std::size_t count = pair.client.session.read(rest, buffer).value()) octets_read += count;
    writing += middle - begin;
    reading += Clock::now() - again;
  }
  const double megabytes = static_cast<double>(octets_read) / 1e6;
  fmt::print("  {:8} {:46} {:7.0f} {:7.0f}\n", name_of(pair.server.session.version()), pair.server.session.suite(),
             megabytes / writing.count(), megabytes / reading.count());
}

/// Handshakes that a server's side alone makes a second, the client's time left out.
void handshakes_row(const char* name, const tls::ServerOptions& with_server, const tls::ClientOptions& with_client) {
  const tls::ServerContext server(with_server);
  const tls::ClientContext client(with_client);
  std::shared_ptr<const tls::Resumption> kept;
  const auto server_rate = [&](bool resume) {
    std::chrono::duration<double> serving{};
    std::uint64_t handshakes = 0;
    for (; serving < patience; ++handshakes) {
      const auto from = resume ? kept : nullptr;
      TlsPair pair(server, client, "www.example.org", from.get());
      pair.client.shake({});
      while (!pair.client.session.established() || !pair.server.session.established()) {
        const auto flight = pair.client.take();
        const auto begin = Clock::now();
        pair.server.shake(flight);
        serving += Clock::now() - begin;
        pair.client.shake(pair.server.take());
        must(!pair.client.error && !pair.server.error, "the handshake failed");
      }
      must(pair.client.session.resumed() == resume, "resumed, or not, against the wish");
      pair.to_client();
      if (auto newest = pair.client.session.resumption()) kept = std::move(newest);
    }
    return static_cast<double>(handshakes) / serving.count();
  };
  const double full = server_rate(false);
  fmt::print("  {:8} {:46} {:7.0f} {:7.0f}\n", name_of(with_server.highest), name, full, server_rate(true));
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) patience = std::chrono::duration<double>(std::strtod(arguments[1], nullptr));
  fmt::print("AEAD alone, 16384 octets{:37}  seal, MB/s\n", "");
  fmt::print("  {:55} {:7.0f}\n", "ChaCha20-Poly1305",
             seal_rate(PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_CHACHA20_POLY1305));
  fmt::print("  {:55} {:7.0f}\n", "AES-128-GCM", seal_rate(PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM));
  fmt::print("  {:55} {:7.0f}\n", "AES-256-GCM", seal_rate(PSA_KEY_TYPE_AES, 256, PSA_ALG_GCM));

  fmt::print("Records of a session, 1 MiB a write{:28} write    read, MB/s\n", "");
  records_row(server_of(Version::tls1_3, Key::ecdsa_p256), client_of());
  records_row(server_of(Version::tls1_2, Key::ecdsa_p256), client_of());
  records_row(server_of(Version::tls1_2, Key::rsa_2048, true), client_of(true));

  fmt::print("Handshakes, the server's side alone{:29} full resumed, a second\n", "");
  handshakes_row("ECDHE, ECDSA P-256", server_of(Version::tls1_3, Key::ecdsa_p256), client_of());
  handshakes_row("ECDHE, RSA 2048", server_of(Version::tls1_3, Key::rsa_2048), client_of());
  handshakes_row("ECDHE, ECDSA P-256", server_of(Version::tls1_2, Key::ecdsa_p256), client_of());
  handshakes_row("ECDHE, RSA 2048", server_of(Version::tls1_2, Key::rsa_2048), client_of());
  handshakes_row("static RSA 2048", server_of(Version::tls1_2, Key::rsa_2048, true), client_of(true));
  return 0;
}
