#include "tls/suites.hpp"

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>

#include <algorithm>
#include <array>

namespace handwave::tls {
namespace {

constexpr std::array known = {
    Suite{MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", false},
    Suite{MBEDTLS_TLS1_3_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", true},
    Suite{MBEDTLS_TLS1_3_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", true},
    Suite{MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          false},
    Suite{MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", false},
    Suite{MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", true},
    Suite{MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true},
    Suite{MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", true},
    Suite{MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", true},
    Suite{MBEDTLS_TLS_RSA_WITH_AES_128_GCM_SHA256, "TLS_RSA_WITH_AES_128_GCM_SHA256", true},
    Suite{MBEDTLS_TLS_RSA_WITH_AES_256_GCM_SHA384, "TLS_RSA_WITH_AES_256_GCM_SHA384", true},
};
constexpr std::size_t static_rsa = 2;  ///< of them, the last

/// The numbers of `count` suites from `first` on, and the 0 that ends them.
template <std::size_t first, std::size_t count>
constexpr auto numbers() {
  std::array<int, count + 1> ids{};
  for (std::size_t i = 0; i < count; ++i) ids[i] = known[first + i].id;
  return ids;
}

constexpr auto modern = numbers<0, known.size() - static_rsa>();
constexpr auto textbook = numbers<known.size() - static_rsa, static_rsa>();

constexpr std::array<std::uint16_t, 5> all_groups = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519,    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

constexpr std::array<std::uint16_t, 10> all_schemes = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_NONE,
};

}  // namespace

std::span<const int> modern_suites() { return modern; }
std::span<const int> static_rsa_suites() { return textbook; }
std::span<const std::uint16_t> groups() { return all_groups; }
std::span<const std::uint16_t> signature_schemes() { return all_schemes; }

Suite suite_of(int id) {
  const auto* found = std::ranges::find(known, id, &Suite::id);
  return found == known.end() ? Suite{id, "", false} : *found;
}

}  // namespace handwave::tls
