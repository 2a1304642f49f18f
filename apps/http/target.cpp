// The way from a request-target to a path: RFC 9112 §3.2, RFC 3986 §2.1, §3.3 and §5.2.4.
#include "apps/http/target.hpp"

#include <algorithm>
#include <optional>

#include "apps/http/fields.hpp"
#include "apps/http/head_checks.hpp"

namespace handwave::http {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Characters that no path has for an honest reason: controls (NUL among them) and the other systems' '/'.
bool is_suspicious(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; }

/// Appends the decoded segment. One pass only: what an encoding hides stays hidden text.
std::expected<void, Status> append_decoded(std::string_view segment, std::string& out) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    char c = segment[i];
    if (c == '%') {
      if (segment.size() - i < 3) return std::unexpected(Status::bad_request);
      const auto high = hex_digit(segment[i + 1]);
      const auto low = hex_digit(segment[i + 2]);
      if (!high || !low) return std::unexpected(Status::bad_request);
      c = static_cast<char>(*high << 4 | *low);
      i += 2;
      if (c == '/') return std::unexpected(Status::not_found);
    }
    if (is_suspicious(c)) return std::unexpected(Status::bad_request);
    out += c;
  }
  return {};
}

/// Takes the scheme and authority off an absolute-form (RFC 9112 §3.2.2), and gives the authority; empty if there is
/// none, or none that is valid.
std::string_view take_authority(std::string_view& text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(text.substr(0, scheme.size()), scheme)) continue;
    text.remove_prefix(scheme.size());
    const auto authority = text.substr(0, text.find_first_of("/?#"));
    text.remove_prefix(authority.size());
    return is_valid_host(authority) ? authority : std::string_view{};
  }
  return {};
}

/// Removes the last segment; false if there is none.
bool drop_segment(std::string& path) {
  if (path.empty()) return false;
  const std::size_t slash = path.rfind('/');
  path.resize(slash == std::string::npos ? 0 : slash);
  return true;
}

/// Appends one segment of the path as received, or takes away what a dot segment takes away.
std::expected<void, Status> add_segment(std::string_view segment, Target& target) {
  const std::size_t before = target.path.size();
  if (before > 0) target.path += '/';
  const std::size_t begin = target.path.size();
  if (auto decoded = append_decoded(segment, target.path); !decoded) return decoded;
  const std::string_view name = std::string_view(target.path).substr(begin);
  const bool parent = name == "..";
  target.directory = name.empty() || name == "." || parent;
  if (target.directory) target.path.resize(before);
  if (parent && !drop_segment(target.path)) return std::unexpected(Status::bad_request);
  return {};
}

}  // namespace

std::expected<void, Status> parse_target(std::string_view text, Method method, Target& target) {
  target.asterisk = false;
  target.directory = true;
  target.authority.clear();
  target.path.clear();
  target.query.clear();
  if (text == "*") {
    // RFC 9112 §3.2.4: asterisk-form is for OPTIONS only.
    if (method != Method::options) return std::unexpected(Status::bad_request);
    target.asterisk = true;
    return {};
  }
  // RFC 3986 §3.5: a fragment is the client's own; no request-target has one.
  if (text.find('#') != std::string_view::npos) return std::unexpected(Status::bad_request);
  if (std::ranges::any_of(text, is_suspicious)) return std::unexpected(Status::bad_request);
  if (!text.starts_with('/')) {
    target.authority = take_authority(text);
    if (target.authority.empty()) return std::unexpected(Status::bad_request);
  }
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos) {
    target.query = text.substr(question + 1);
    text = text.substr(0, question);
  }
  while (!text.empty()) {
    if (text.front() == '/') text.remove_prefix(1);
    const std::size_t length = std::min(text.find('/'), text.size());
    if (auto added = add_segment(text.substr(0, length), target); !added) return added;
    text.remove_prefix(length);
  }
  return {};
}

std::string encode_path(std::string_view path) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view plain = "/-._~!$&'()*+,;=:@";  // pchar's marks of RFC 3986 §3.3, and '/'
  std::string out;
  out.reserve(path.size());
  for (const char c : path) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter_or_digit || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '%';
      out += hex[octet >> 4];
      out += hex[octet & 15];
    }
  }
  return out;
}

}  // namespace handwave::http
