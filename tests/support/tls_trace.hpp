// TLS connections that others have had, octet by octet, with their key logs: the traces of RFC 8448, and some that were
// recorded between OpenSSL's s_client and s_server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tls/traffic_keys.hpp"

namespace handwave::test {

struct TlsTrace {
  /// What one end said before the other answered.
  struct Turn {
    tls::Speaker from;
    std::string_view hex;
  };
  static std::vector<std::uint8_t> octets(const Turn& turn);

  std::vector<std::string_view> key_log;
  std::vector<Turn> turns;
};

/// RFC 8448 §3, and §5 with its HelloRetryRequest.
const TlsTrace& rfc8448_simple();
const TlsTrace& rfc8448_retry();
/// A GET and its answer, ALPN and SNI; TLS 1.2's have a ticket. The last has a KeyUpdate of the client.
const TlsTrace& openssl_static_rsa();
const TlsTrace& openssl_tls12_chacha20();
const TlsTrace& openssl_tls12_aes256();
const TlsTrace& openssl_tls13_chacha20();
const TlsTrace& openssl_tls13_aes256_key_update();

}  // namespace handwave::test
