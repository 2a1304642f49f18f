#include "tests/support/record_forge.hpp"

#include <psa/crypto.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace handwave::test {
namespace {

using Octets = std::vector<std::uint8_t>;

void must(psa_status_t status, const char* what) {
  if (status != PSA_SUCCESS) throw std::runtime_error(std::string("the forge cannot ") + what);
}

psa_key_id_t import(tls::Bytes key, psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm) {
  must(psa_crypto_init(), "begin");
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, type);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  psa_key_id_t id = 0;
  must(psa_import_key(&attributes, key.data(), key.size(), &id), "import a key");
  return id;
}

Octets hmac(tls::Bytes key, const Octets& message) {
  const psa_algorithm_t algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256);
  const psa_key_id_t id = import(key, PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, algorithm);
  Octets mac(32);
  std::size_t size = 0;
  must(psa_mac_compute(id, algorithm, message.data(), message.size(), mac.data(), mac.size(), &size), "authenticate");
  psa_destroy_key(id);
  return mac;
}

void append(Octets& to, tls::Bytes octets) { to.insert(to.end(), octets.begin(), octets.end()); }
void append(Octets& to, std::string_view text) { to.insert(to.end(), text.begin(), text.end()); }

/// RFC 8446 §7.1: HKDF-Expand-Label with an empty context; one block of HMAC is all that is asked for.
Octets expand_label(tls::Bytes secret, std::string_view label, std::uint8_t size) {
  Octets info{0, size, static_cast<std::uint8_t>(6 + label.size())};
  append(info, "tls13 ");
  append(info, label);
  info.insert(info.end(), {0, 1});
  Octets block = hmac(secret, info);
  block.resize(size);
  return block;
}

/// RFC 5246 §5: P_SHA256.
Octets prf(tls::Bytes secret, const Octets& seed, std::size_t size) {
  Octets output;
  for (Octets a = hmac(secret, seed); output.size() < size; a = hmac(secret, a)) {
    Octets input = a;
    append(input, seed);
    append(output, hmac(secret, input));
  }
  output.resize(size);
  return output;
}

Octets from_hex(std::string_view text) {
  Octets octets(text.size() / 2);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, octets[i], 16);
  }
  return octets;
}

/// The client's random and the secret of the newest line with that label.
std::pair<Octets, Octets> find(const std::vector<std::string>& key_log, std::string_view label) {
  for (auto line = key_log.rbegin(); line != key_log.rend(); ++line) {
    if (!line->starts_with(std::string(label) + " ")) continue;
    const std::size_t random = label.size() + 1;
    return {from_hex(std::string_view(*line).substr(random, 64)),
            from_hex(std::string_view(*line).substr(random + 65))};
  }
  throw std::runtime_error("no line of the key log has the label " + std::string(label));
}

}  // namespace

RecordForge::RecordForge(bool is_1_3, tls::Bytes key, tls::Bytes iv, std::uint64_t next)
    : is_1_3_(is_1_3), next_(next) {
  std::ranges::copy(key, key_.begin());
  std::ranges::copy(iv, iv_.begin());
}

RecordForge RecordForge::tls1_3(const std::vector<std::string>& key_log, std::string_view label, std::uint64_t next) {
  const auto [random, secret] = find(key_log, label);
  return {true, expand_label(secret, "key", 32), expand_label(secret, "iv", 12), next};  // RFC 8446 §7.3
}

RecordForge RecordForge::tls1_2(const std::vector<std::string>& key_log, tls::Bytes server_random, From from,
                                std::uint64_t next) {
  const auto [client_random, master] = find(key_log, "CLIENT_RANDOM");
  Octets seed;
  append(seed, "key expansion");
  append(seed, server_random);
  append(seed, client_random);
  const Octets block = prf(master, seed, 2 * 32 + 2 * 12);  // RFC 5246 §6.3: both keys, then both IVs
  const std::size_t side = from == From::client ? 0 : 1;
  return {false, tls::Bytes(block).subspan(32 * side, 32), tls::Bytes(block).subspan(64 + 12 * side, 12), next};
}

std::vector<std::uint8_t> RecordForge::protect(Content type, tls::Bytes content, std::size_t padding) {
  constexpr std::size_t tag = 16;
  const auto outer = static_cast<std::uint8_t>(is_1_3_ ? Content::application_data : type);
  Octets inner(content.begin(), content.end());
  if (is_1_3_) {
    inner.push_back(static_cast<std::uint8_t>(type));
    inner.insert(inner.end(), padding, 0);
  }
  const std::size_t sealed = inner.size() + tag;
  Octets record{outer, 3, 3, static_cast<std::uint8_t>(sealed >> 8), static_cast<std::uint8_t>(sealed)};

  Octets associated = record;  // RFC 8446 §5.2; in RFC 5246 §6.2.3.3 the number leads, and the plaintext's length ends
  std::array<std::uint8_t, 12> nonce = iv_;
  Octets number;
  for (int shift = 56; shift >= 0; shift -= 8) number.push_back(static_cast<std::uint8_t>(next_ >> shift));
  for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= number[i];
  if (!is_1_3_) {
    associated = number;
    associated.insert(associated.end(), {outer, 3, 3, static_cast<std::uint8_t>(inner.size() >> 8),
                                         static_cast<std::uint8_t>(inner.size())});
  }
  ++next_;

  const psa_key_id_t id = import(key_, PSA_KEY_TYPE_CHACHA20, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CHACHA20_POLY1305);
  Octets ciphertext(sealed);
  std::size_t size = 0;
  must(psa_aead_encrypt(id, PSA_ALG_CHACHA20_POLY1305, nonce.data(), nonce.size(), associated.data(), associated.size(),
                        inner.data(), inner.size(), ciphertext.data(), ciphertext.size(), &size),
       "encrypt");
  psa_destroy_key(id);
  append(record, ciphertext);
  return record;
}

std::vector<std::uint8_t> RecordForge::plain(Content type, tls::Bytes content) {
  Octets record{static_cast<std::uint8_t>(type), 3, 3, static_cast<std::uint8_t>(content.size() >> 8),
                static_cast<std::uint8_t>(content.size())};
  append(record, content);
  return record;
}

}  // namespace handwave::test
