#include "tls/key_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace handwave::tls {
namespace {

std::string_view label_of(mbedtls_ssl_key_export_type type) {
  switch (type) {
    case MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET:
      return "CLIENT_RANDOM";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET:
      return "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET:
      return "SERVER_HANDSHAKE_TRAFFIC_SECRET";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET:
      return "CLIENT_TRAFFIC_SECRET_0";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET:
      return "SERVER_TRAFFIC_SECRET_0";
    default:
      return "";
  }
}

}  // namespace

std::string key_log_line(mbedtls_ssl_key_export_type type, Bytes client_random, Bytes secret) {
  const std::string_view label = label_of(type);
  if (label.empty()) return {};
  return fmt::format("{} {:02x} {:02x}", label, fmt::join(client_random, ""), fmt::join(secret, ""));
}

}  // namespace handwave::tls
