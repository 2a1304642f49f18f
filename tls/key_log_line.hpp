// A line of the key log, which Wireshark and curl know as SSLKEYLOGFILE: label, ClientHello.random and a secret.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace handwave::tls {

using HelloRandom = std::array<std::uint8_t, 32>;  ///< of a ClientHello or ServerHello (RFC 8446 §4.1.2)
using Secret = std::vector<std::uint8_t>;

/// What a secret is for; the names are the labels of the key log.
enum class SecretLabel : std::uint8_t {
  CLIENT_RANDOM,  ///< TLS 1.2: the master secret (RFC 5246 §8.1)
  CLIENT_HANDSHAKE_TRAFFIC_SECRET,
  SERVER_HANDSHAKE_TRAFFIC_SECRET,
  CLIENT_TRAFFIC_SECRET_0,
  SERVER_TRAFFIC_SECRET_0,
};
constexpr std::size_t secret_label_count = 5;

struct KeyLogLine {
  SecretLabel label{};
  HelloRandom client_random{};
  Secret secret;
};

/// Nothing if the line is a comment, has another label, or is not well formed.
std::optional<KeyLogLine> parse_key_log_line(std::string_view line);

}  // namespace handwave::tls
