// Reading URLs: RFC 9110 §4.2, RFC 3986 §3.
#include "apps/http/url.hpp"

#include <algorithm>

#include "apps/http/fields.hpp"

namespace handwave::http {
namespace {

constexpr std::uint16_t default_port(Url::Scheme scheme) { return scheme == Url::Scheme::http ? 80 : 443; }

std::unexpected<std::string> refuse(std::string_view reason) { return std::unexpected(std::string(reason)); }

/// A name's or an IPv4 address's characters; addresses are read by whoever connects.
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

/// The host at the front of `authority`, which is left with what follows: nothing, or ":port".
std::expected<void, std::string> take_host(std::string_view& authority, Url& url) {
  url.ipv6 = authority.starts_with('[');
  if (!url.ipv6) {
    const std::size_t length = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, length);
    authority.remove_prefix(length);
    if (url.host.empty()) return refuse("the URL names no host");
    if (!std::ranges::all_of(url.host, is_host_character)) return refuse("the URL's host has a forbidden character");
    return {};
  }
  const std::size_t bracket = authority.find(']');
  if (bracket == std::string_view::npos) return refuse("the URL's IPv6 address lacks its closing bracket");
  url.host = authority.substr(1, bracket - 1);
  authority.remove_prefix(bracket + 1);
  if (url.host.empty() || !std::ranges::all_of(url.host, is_ipv6_character)) {
    return refuse("what stands in brackets in the URL is no IPv6 address");
  }
  return {};
}

std::expected<void, std::string> take_port(std::string_view text, Url& url) {
  if (text.empty() || text == ":") return {};  // RFC 3986 §3.2.3: an empty port is the default
  if (text.front() != ':') return refuse("the URL's host is followed by something that is no port");
  if (text.substr(1).contains(':'))
    return refuse("the URL has too many colons: an IPv6 address stands in brackets, http://[2001:db8::1]/");
  const auto port = parse_decimal(text.substr(1));
  if (!port || *port == 0 || *port > 65535) return refuse("the URL's port is not a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(*port);
  return {};
}

}  // namespace

std::string Url::authority() const {
  std::string out = ipv6 ? '[' + host + ']' : host;
  if (port != default_port(scheme)) out += ':' + std::to_string(port);
  return out;
}

std::expected<Url, std::string> parse_url(std::string_view text) {
  const auto is_forbidden = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_forbidden)) return refuse("the URL has a space or a control character in it");
  Url url;
  const std::size_t separator = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(separator, text.size()));
  if (separator == std::string_view::npos) return refuse("the URL lacks its scheme, http:// say");
  if (equals_ignoring_case(scheme, "https")) {
    url.scheme = Url::Scheme::https;
  } else if (!equals_ignoring_case(scheme, "http")) {
    return refuse("the URL's scheme is neither http nor https");
  }
  url.port = default_port(url.scheme);
  text.remove_prefix(separator + 3);
  text = text.substr(0, text.find('#'));  // RFC 9110 §7.1: the fragment stays with the client

  const std::size_t length = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, length);
  if (authority.find('@') != std::string_view::npos) return refuse("the URL has a user name in it");
  if (auto host = take_host(authority, url); !host) return std::unexpected(host.error());
  if (auto port = take_port(authority, url); !port) return std::unexpected(port.error());
  text.remove_prefix(length);
  url.target = text.starts_with('/') ? std::string(text) : '/' + std::string(text);  // RFC 9112 §3.2.1
  return url;
}

std::string file_name(const Url& url) {
  std::string_view path = url.target;
  path = path.substr(0, path.find('?'));
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.empty() || name == "." || name == ".." ? std::string("index.html") : std::string(name);
}

}  // namespace handwave::http
