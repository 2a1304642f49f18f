// What we offer and accept: cipher suites, groups, signature schemes. RFC 9325 §4, RFC 8446 §9.1.
#pragma once

#include <span>
#include <string_view>

#include "tls/bytes.hpp"

namespace handwave::tls {

/// A cipher suite as IANA's registry has it.
struct Suite {
  int id;
  std::string_view name;
  /// AES-GCM may protect 2^24.5 records with one key; ChaCha20-Poly1305 more than can be numbered (RFC 8446 §5.5).
  bool aes_gcm;
};

// Lists for Mbed TLS, which end with 0 and must stay.

/// ECDHE and AEAD only, so forward secret (RFC 9325 §4.1, §4.2). ChaCha20-Poly1305 comes first because it is the
/// fastest that Mbed TLS has, 0.39 GB/s a core against AES-128-GCM's 0.31 even with AES instructions; then AES-128,
/// which is faster than AES-256 and strong enough. A server follows this order in TLS 1.2; in 1.3, Mbed TLS takes the
/// first of the client's list that is in ours.
std::span<const int> modern_suites();
/// TLS 1.2 with the static RSA key exchange, for teaching: RFC 5246 §7.4.7.1, RFC 5288.
std::span<const int> static_rsa_suites();
/// X25519 and P-256 first, which RFC 8446 §9.1 asks for; P-521 last because Mbed TLS takes a certificate's curve from
/// this list as well.
std::span<const std::uint16_t> groups();
/// SHA-256 before the longer hashes: 32 octets are enough, and it is the RFCs' mandatory one (RFC 8446 §9.1).
std::span<const std::uint16_t> signature_schemes();

/// The suite of that number; nothing is known of those that we do not offer.
Suite suite_of(int id);

}  // namespace handwave::tls
