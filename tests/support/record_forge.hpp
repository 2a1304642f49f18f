// Records that no honest peer would send, protected with the keys that the key log gives away: an oracle of its own for
// RFC 8446 §5.2 and §7.3 and RFC 5246 §6.2.3 and §6.3, with ChaCha20-Poly1305 (RFC 7905) and SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tls/bytes.hpp"

namespace handwave::test {

enum class From : std::uint8_t { client, server };

/// The content types of RFC 8446 §5.1.
enum class Content : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 };

class RecordForge {
 public:
  /// Of TLS 1.3: the secret in the line that begins with `label`, such as "CLIENT_TRAFFIC_SECRET_0". `next` counts the
  /// records that were sent under it.
  static RecordForge tls1_3(const std::vector<std::string>& key_log, std::string_view label, std::uint64_t next = 0);
  /// Of TLS 1.2: the master secret in the line "CLIENT_RANDOM". One record, the Finished, was sent already.
  static RecordForge tls1_2(const std::vector<std::string>& key_log, tls::Bytes server_random, From from,
                            std::uint64_t next = 1);

  /// The next record. `padding` zeros follow the content's type in TLS 1.3.
  std::vector<std::uint8_t> protect(Content type, tls::Bytes content, std::size_t padding = 0);

  /// A record that is not protected.
  static std::vector<std::uint8_t> plain(Content type, tls::Bytes content);

 private:
  RecordForge(bool is_1_3, tls::Bytes key, tls::Bytes iv, std::uint64_t next);

  bool is_1_3_;
  std::array<std::uint8_t, 32> key_{};
  std::array<std::uint8_t, 12> iv_{};
  std::uint64_t next_;
};

}  // namespace handwave::test
