// The URLs of the client: RFC 9110 §4.2, RFC 3986 §3.2 (bracketed IPv6 addresses).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace handwave::http {

struct Url {
  enum class Scheme : std::uint8_t { http, https };
  Scheme scheme = Scheme::http;
  std::string host;         ///< a name, an IPv4 address, or an IPv6 address without its brackets
  bool ipv6 = false;        ///< the host stood in brackets
  std::uint16_t port = 80;  ///< the scheme's default if none was given
  std::string target;       ///< path and query for the request line, at least "/"; no fragment

  /// The value of the field Host: with brackets, and with the port if it is not the default (RFC 9110 §7.2).
  [[nodiscard]] std::string authority() const;
};

/// Reads "http://host[:port][/path][?query][#fragment]", https likewise. The error is a sentence for a person.
/// User names in URLs are refused, as are spaces and control characters.
std::expected<Url, std::string> parse_url(std::string_view text);

/// The last segment of the URL's path, to name a saved file: never empty, never with '/', never "." or "..".
std::string file_name(const Url& url);

}  // namespace handwave::http
