// Mbed TLS by itself, in memory and on one core: what a suite's encryption costs alone, what a session's records cost,
// and how many handshakes a second there are. What the stack around it reaches is to be held against these, in one run.
// The seconds are those of the processor, so that others who use it count for little.
//
//   usage: bench_tls_records [SECONDS]     seconds a row, 1 if not said
#include <fmt/core.h>
#include <psa/crypto.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using Key = tls::CertificateRequest::Key;
using tls::Version;

namespace {

double patience = 1;

double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// How often a second `call` can be called.
template <class Call>
double rate(Call call) {
  call();
  const double begin = now();
  double passed = 0;
  double calls = 0;
  for (; passed < patience; passed = now() - begin) {
    call();
    ++calls;
  }
  return calls / passed;
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
  double writing = 0;
  double reading = 0;
  std::uint64_t octets_read = 0;
  while (writing + reading < patience) {
    const double begin = now();
    must(pair.server.session.write(octets(text)).has_value(), "cannot write");
    const double middle = now();
    tls::Bytes rest = pair.server.sent;
    const double again = now();
    while (const std::size_t count = pair.client.session.read(rest, buffer).value()) octets_read += count;
    writing += middle - begin;
    reading += now() - again;
    pair.server.sent.clear();  // the buffer stays: making a new one would be measured as well
  }
  const double megabytes = static_cast<double>(octets_read) / 1e6;
  fmt::print("  {:8} {:45} {:7.0f} {:7.0f}\n", name_of(pair.server.session.version()), pair.server.session.suite(),
             megabytes / writing, megabytes / reading);
}

/// Handshakes that a server's side alone makes a second, the client's time left out.
void handshakes_row(const char* name, const tls::ServerOptions& with_server, const tls::ClientOptions& with_client) {
  const tls::ServerContext server(with_server);
  const tls::ClientContext client(with_client);
  std::shared_ptr<const tls::Resumption> kept;
  const auto server_rate = [&](bool resume) {
    double serving = 0;
    std::uint64_t handshakes = 0;
    for (; serving < patience; ++handshakes) {
      const auto from = resume ? kept : nullptr;
      TlsPair pair(server, client, "www.example.org", from.get());
      pair.client.shake({});
      while (!pair.client.session.established() || !pair.server.session.established()) {
        const auto flight = pair.client.take();
        const double begin = now();
        pair.server.shake(flight);
        serving += now() - begin;
        pair.client.shake(pair.server.take());
        must(!pair.client.error && !pair.server.error, "the handshake failed");
      }
      must(pair.client.session.resumed() == resume, "resumed, or not, against the wish");
      pair.to_client();
      if (auto newest = pair.client.session.resumption()) kept = std::move(newest);
    }
    return static_cast<double>(handshakes) / serving;
  };
  const double full = server_rate(false);
  fmt::print("  {:8} {:45} {:7.0f} {:7.0f}\n", name_of(with_server.highest), name, full, server_rate(true));
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) patience = std::strtod(arguments[1], nullptr);
  fmt::print("{:59} seal, MB/s\n", "AEAD alone, 16384 octets");
  fmt::print("  {:54} {:7.0f}\n", "ChaCha20-Poly1305",
             seal_rate(PSA_KEY_TYPE_CHACHA20, 256, PSA_ALG_CHACHA20_POLY1305));
  fmt::print("  {:54} {:7.0f}\n", "AES-128-GCM", seal_rate(PSA_KEY_TYPE_AES, 128, PSA_ALG_GCM));
  fmt::print("  {:54} {:7.0f}\n", "AES-256-GCM", seal_rate(PSA_KEY_TYPE_AES, 256, PSA_ALG_GCM));

  fmt::print("{:58} write    read, MB/s\n", "Records of a session, 1 MiB a write");
  records_row(server_of(Version::tls1_3, Key::ecdsa_p256), client_of());
  records_row(server_of(Version::tls1_2, Key::ecdsa_p256), client_of());
  records_row(server_of(Version::tls1_2, Key::rsa_2048, true), client_of(true));

  fmt::print("{:59} full resumed, a second\n", "Handshakes, the server's side alone");
  handshakes_row("ECDHE, ECDSA P-256", server_of(Version::tls1_3, Key::ecdsa_p256), client_of());
  handshakes_row("ECDHE, RSA 2048", server_of(Version::tls1_3, Key::rsa_2048), client_of());
  handshakes_row("ECDHE, ECDSA P-256", server_of(Version::tls1_2, Key::ecdsa_p256), client_of());
  handshakes_row("ECDHE, RSA 2048", server_of(Version::tls1_2, Key::rsa_2048), client_of());
  handshakes_row("static RSA 2048", server_of(Version::tls1_2, Key::rsa_2048, true), client_of(true));
  return 0;
}
