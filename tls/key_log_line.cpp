#include "tls/key_log_line.hpp"

#include <algorithm>
#include <utility>

namespace handwave::tls {
namespace {

constexpr std::array<std::string_view, secret_label_count> labels = {
    "CLIENT_RANDOM",           "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
};
/// The longest: SHA-384's, and the master secret.
constexpr std::size_t max_secret_size = 48;

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

/// The octets that `hex` writes; nothing if it does not, or if they are more than a secret has.
std::optional<Secret> parse_hex(std::string_view hex) {
  if (hex.empty() || hex.size() % 2 != 0 || hex.size() > 2 * max_secret_size) return std::nullopt;
  Secret octets;
  for (; !hex.empty(); hex.remove_prefix(2)) {
    const auto high = hex_digit(hex[0]);
    const auto low = hex_digit(hex[1]);
    if (!high || !low) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return octets;
}

/// Cuts the first word off.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

}  // namespace

std::optional<KeyLogLine> parse_key_log_line(std::string_view line) {
  line = line.substr(0, line.find_first_of("\r\n"));
  const auto label = std::ranges::find(labels, take_word(line));
  const auto random = parse_hex(take_word(line));
  auto secret = parse_hex(line);
  KeyLogLine parsed;
  if (label == labels.end() || !random || random->size() != parsed.client_random.size() || !secret) return std::nullopt;
  parsed.label = static_cast<SecretLabel>(label - labels.begin());
  std::ranges::copy(*random, parsed.client_random.begin());
  parsed.secret = *std::move(secret);
  return parsed;
}

}  // namespace handwave::tls
