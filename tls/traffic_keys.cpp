#include "tls/traffic_keys.hpp"

#include <fmt/format.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <psa/crypto.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "tls/mbed.hpp"
#include "tls/octet_reader.hpp"

namespace handwave::tls {
namespace {

constexpr CipherSuite suites[] = {
    {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, Aead::aes_128_gcm, Hash::sha256},
    {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, Aead::aes_256_gcm, Hash::sha384},
    {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, Aead::chacha20_poly1305, Hash::sha256},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, Aead::aes_128_gcm, Hash::sha256},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, Aead::aes_256_gcm, Hash::sha384},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, Aead::chacha20_poly1305, Hash::sha256},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Aead::aes_128_gcm, Hash::sha256},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, Aead::aes_256_gcm, Hash::sha384},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, Aead::chacha20_poly1305, Hash::sha256},
    {MBEDTLS_TLS_RSA_WITH_AES_128_GCM_SHA256, Aead::aes_128_gcm, Hash::sha256, true},
    {MBEDTLS_TLS_RSA_WITH_AES_256_GCM_SHA384, Aead::aes_256_gcm, Hash::sha384, true},
};

std::size_t key_size(Aead aead) { return aead == Aead::aes_128_gcm ? 16 : 32; }
psa_algorithm_t algorithm(Aead aead) {
  return aead == Aead::chacha20_poly1305 ? PSA_ALG_CHACHA20_POLY1305 : PSA_ALG_GCM;
}
psa_algorithm_t algorithm(Hash hash) { return hash == Hash::sha256 ? PSA_ALG_SHA_256 : PSA_ALG_SHA_384; }

/// For calls that fail only if memory is out or the library is not what it was built to be.
void require(psa_status_t status) {
  if (status != PSA_SUCCESS)
    throw std::runtime_error(fmt::format("cannot use the key log: Mbed TLS refused with status {}", status));
}

/// One derivation of PSA: its inputs in order, then `count` octets.
class Derivation {
 public:
  explicit Derivation(psa_algorithm_t algorithm) {
    initialise_cryptography();
    require(psa_key_derivation_setup(&operation_, algorithm));
  }
  Derivation(const Derivation&) = delete;
  Derivation& operator=(const Derivation&) = delete;
  ~Derivation() { psa_key_derivation_abort(&operation_); }

  void input(psa_key_derivation_step_t step, Bytes octets) {
    require(psa_key_derivation_input_bytes(&operation_, step, octets.data(), octets.size()));
  }
  std::vector<std::uint8_t> output(std::size_t count) {
    std::vector<std::uint8_t> octets(count);
    require(psa_key_derivation_output_bytes(&operation_, octets.data(), octets.size()));
    return octets;
  }

 private:
  psa_key_derivation_operation_t operation_ = PSA_KEY_DERIVATION_OPERATION_INIT;
};

void append(std::vector<std::uint8_t>& to, Bytes octets) { to.insert(to.end(), octets.begin(), octets.end()); }
Bytes as_octets(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
void append_number(std::vector<std::uint8_t>& to, std::uint64_t value, std::size_t octet_count) {
  while (octet_count-- > 0) to.push_back(static_cast<std::uint8_t>(value >> 8 * octet_count));
}

/// RFC 8446 §7.1: HKDF-Expand-Label(Secret, Label, "", Length).
std::vector<std::uint8_t> hkdf_expand_label(Hash hash, Bytes secret, std::string_view label, std::size_t length) {
  constexpr std::string_view prefix = "tls13 ";
  std::vector<std::uint8_t> hkdf_label;
  append_number(hkdf_label, length, 2);
  append_number(hkdf_label, prefix.size() + label.size(), 1);
  append(hkdf_label, as_octets(prefix));
  append(hkdf_label, as_octets(label));
  append_number(hkdf_label, 0, 1);  // the context is empty
  Derivation hkdf_expand{PSA_ALG_HKDF_EXPAND(algorithm(hash))};
  hkdf_expand.input(PSA_KEY_DERIVATION_INPUT_SECRET, secret);
  hkdf_expand.input(PSA_KEY_DERIVATION_INPUT_INFO, hkdf_label);
  return hkdf_expand.output(length);
}

}  // namespace

const CipherSuite* find_suite(std::uint16_t number) {
  const auto* const found = std::ranges::find(suites, number, &CipherSuite::number);
  return found == std::end(suites) ? nullptr : found;
}

TrafficKeys TrafficKeys::of_tls13(const CipherSuite& suite, Bytes secret) {
  TrafficKeys keys{suite.aead, true};
  keys.key_ = hkdf_expand_label(suite.hash, secret, "key", key_size(suite.aead));
  keys.iv_ = hkdf_expand_label(suite.hash, secret, "iv", nonce_size);
  return keys;
}

TrafficKeys TrafficKeys::of_tls12(const CipherSuite& suite, Bytes master_secret, const HelloRandom& client_random,
                                  const HelloRandom& server_random, Speaker speaker) {
  // RFC 5288 §3: the salt of GCM's nonce. RFC 7905 §2: fixed_iv_length is twelve.
  const std::size_t iv_size = suite.aead == Aead::chacha20_poly1305 ? nonce_size : 4;
  std::vector<std::uint8_t> seed{server_random.begin(), server_random.end()};
  append(seed, client_random);
  Derivation prf{PSA_ALG_TLS12_PRF(algorithm(suite.hash))};
  prf.input(PSA_KEY_DERIVATION_INPUT_SEED, seed);
  prf.input(PSA_KEY_DERIVATION_INPUT_SECRET, master_secret);
  prf.input(PSA_KEY_DERIVATION_INPUT_LABEL, as_octets("key expansion"));
  // There are no MAC keys: client_write_key, server_write_key, client_write_IV, server_write_IV.
  const std::vector<std::uint8_t> key_block = prf.output(2 * (key_size(suite.aead) + iv_size));
  OctetReader reader{key_block};
  const std::array<Bytes, 2> write_key = {reader.octets(key_size(suite.aead)), reader.octets(key_size(suite.aead))};
  const std::array<Bytes, 2> write_iv = {reader.octets(iv_size), reader.octets(iv_size)};
  const std::size_t side = speaker == Speaker::client ? 0 : 1;
  TrafficKeys keys{suite.aead, false};
  append(keys.key_, write_key[side]);
  append(keys.iv_, write_iv[side]);
  return keys;
}

std::optional<Opened> TrafficKeys::open(const Record& record) {
  const std::uint64_t sequence = sequence_++;
  return tls13_ ? open_tls13(record, sequence) : open_tls12(record, sequence);
}

/// RFC 8446 §5.3, RFC 7905 §2: the sequence number, padded with zeros to the left, XORed with the IV.
TrafficKeys::Nonce TrafficKeys::nonce_of(std::uint64_t sequence) const {
  Nonce nonce{};
  std::ranges::copy(iv_, nonce.begin());
  for (std::size_t i = 0; i < 8; ++i) nonce[nonce_size - 1 - i] ^= static_cast<std::uint8_t>(sequence >> 8 * i);
  return nonce;
}

std::optional<Opened> TrafficKeys::open_tls13(const Record& record, std::uint64_t sequence) const {
  // §5.2: the record's header is authenticated as well.
  std::vector<std::uint8_t> additional_data;
  append_number(additional_data, static_cast<std::uint64_t>(record.type), 1);
  append_number(additional_data, record.version, 2);
  append_number(additional_data, record.fragment.size(), 2);
  auto inner = decrypt(nonce_of(sequence), additional_data, record.fragment);
  if (!inner) return std::nullopt;
  // §5.4: the last octet that is not zero is the type.
  while (!inner->empty() && inner->back() == 0) inner->pop_back();
  if (inner->empty()) return std::nullopt;
  Opened opened{static_cast<ContentType>(inner->back()), *std::move(inner)};
  opened.octets.pop_back();
  return opened;
}

std::optional<Opened> TrafficKeys::open_tls12(const Record& record, std::uint64_t sequence) const {
  Nonce nonce = nonce_of(sequence);
  Bytes ciphertext = record.fragment;
  if (aead_ != Aead::chacha20_poly1305) {  // RFC 5288 §3: the record carries the rest of the nonce
    const std::size_t explicit_size = nonce_size - iv_.size();
    if (ciphertext.size() < explicit_size) return std::nullopt;
    std::ranges::copy(ciphertext.first(explicit_size), nonce.begin() + static_cast<std::ptrdiff_t>(iv_.size()));
    ciphertext = ciphertext.subspan(explicit_size);
  }
  if (ciphertext.size() < tag_size) return std::nullopt;
  // RFC 5246 §6.2.3.3: seq_num + type + version + length, that of the plaintext.
  std::vector<std::uint8_t> additional_data;
  append_number(additional_data, sequence, 8);
  append_number(additional_data, static_cast<std::uint64_t>(record.type), 1);
  append_number(additional_data, record.version, 2);
  append_number(additional_data, ciphertext.size() - tag_size, 2);
  auto plaintext = decrypt(nonce, additional_data, ciphertext);
  if (!plaintext) return std::nullopt;
  return Opened{record.type, *std::move(plaintext)};
}

std::optional<std::vector<std::uint8_t>> TrafficKeys::decrypt(const Nonce& nonce, Bytes additional_data,
                                                              Bytes ciphertext) const {
  if (ciphertext.size() < tag_size) return std::nullopt;
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, aead_ == Aead::chacha20_poly1305 ? PSA_KEY_TYPE_CHACHA20 : PSA_KEY_TYPE_AES);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DECRYPT);
  psa_set_key_algorithm(&attributes, algorithm(aead_));
  psa_key_id_t key = PSA_KEY_ID_NULL;
  require(psa_import_key(&attributes, key_.data(), key_.size(), &key));
  std::vector<std::uint8_t> plaintext(ciphertext.size() - tag_size);
  std::size_t length = 0;
  const psa_status_t status = psa_aead_decrypt(key, algorithm(aead_), nonce.data(), nonce.size(),
                                               additional_data.data(), additional_data.size(), ciphertext.data(),
                                               ciphertext.size(), plaintext.data(), plaintext.size(), &length);
  psa_destroy_key(key);
  if (status == PSA_ERROR_INVALID_SIGNATURE) return std::nullopt;
  require(status);
  plaintext.resize(length);
  return plaintext;
}

Secret next_traffic_secret(const CipherSuite& suite, Bytes secret) {
  return hkdf_expand_label(suite.hash, secret, "traffic upd", size_of(suite.hash));
}

}  // namespace handwave::tls
