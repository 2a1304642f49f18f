// The keys of one direction, from the secrets that a key log tells: RFC 8446 §7 and §5.2-5.4; RFC 5246 §6.3 and
// §6.2.3.3, with AES-GCM by RFC 5288 and ChaCha20-Poly1305 by RFC 7905.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tls/bytes.hpp"
#include "tls/key_log_line.hpp"
#include "tls/record_splitter.hpp"

namespace handwave::tls {

/// Who says something.
enum class Speaker : std::uint8_t { client, server };

enum class Aead : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };
enum class Hash : std::uint8_t { sha256, sha384 };
/// Hash.length: the size of a secret of TLS 1.3 (RFC 8446 §7.1).
constexpr std::size_t size_of(Hash hash) { return hash == Hash::sha256 ? 32 : 48; }
/// RFC 5246 §8.1.
constexpr std::size_t master_secret_size = 48;

/// A suite whose records can be read: of TLS 1.3 RFC 8446 §B.4, of TLS 1.2 RFC 5288 §3, RFC 5289 §3.2, RFC 7905 §2.
struct CipherSuite {
  std::uint16_t number;
  Aead aead;
  Hash hash;
  bool static_rsa = false;  ///< the client sends the PreMasterSecret (RFC 5246 §7.4.7.1)
};
/// Null if it is another.
const CipherSuite* find_suite(std::uint16_t number);

/// What was inside a record: its true type, and the octets.
struct Opened {
  ContentType type{};
  std::vector<std::uint8_t> octets;
};

/// Opens the records that one end protects, one after the other.
class TrafficKeys {
 public:
  /// RFC 8446 §7.3: from one of the traffic secrets, which has the size of the suite's hash.
  static TrafficKeys of_tls13(const CipherSuite& suite, Bytes secret);
  /// RFC 5246 §6.3: the keys with which `speaker` writes.
  static TrafficKeys of_tls12(const CipherSuite& suite, Bytes master_secret, const HelloRandom& client_random,
                              const HelloRandom& server_random, Speaker speaker);

  /// Nothing if the record does not authenticate or has no content type. Each record that is tried counts.
  std::optional<Opened> open(const Record& record);
  /// Leaves one record out: its sequence number is used, and nothing else depends on it.
  void pass_over() { ++sequence_; }

 private:
  static constexpr std::size_t nonce_size = 12;
  static constexpr std::size_t tag_size = 16;
  using Nonce = std::array<std::uint8_t, nonce_size>;

  TrafficKeys(Aead aead, bool tls13) : aead_(aead), tls13_(tls13) {}
  [[nodiscard]] Nonce nonce_of(std::uint64_t sequence) const;
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> decrypt(const Nonce& nonce, Bytes additional_data,
                                                                 Bytes ciphertext) const;
  std::optional<Opened> open_tls13(const Record& record, std::uint64_t sequence) const;
  std::optional<Opened> open_tls12(const Record& record, std::uint64_t sequence) const;

  Aead aead_;
  bool tls13_;
  std::vector<std::uint8_t> key_;
  std::vector<std::uint8_t> iv_;  ///< 4 octets for AES-GCM in TLS 1.2, else all of a nonce
  std::uint64_t sequence_ = 0;
};

/// RFC 8446 §7.2: the secret that follows a KeyUpdate.
Secret next_traffic_secret(const CipherSuite& suite, Bytes secret);

}  // namespace handwave::tls
