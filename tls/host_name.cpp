#include "tls/host_name.hpp"

#include <mbedtls/x509.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <string>

namespace handwave::tls {
namespace {

// RFC 1035 §2.3.4, and RFC 1034 §3.1 without the root's dot.
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;

// Not those of <cctype>, which ask the locale.
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_label(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= longest_label && std::ranges::all_of(label, is_of_label) &&
         label.front() != '-' && label.back() != '-';
}

bool equal_but_for_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

}  // namespace

std::optional<std::vector<std::uint8_t>> parse_address(std::string_view text) {
  if (text.contains('\0')) return std::nullopt;
  alignas(std::uint32_t) std::array<std::uint8_t, 16> octets{};
  const std::size_t count = mbedtls_x509_crt_parse_cn_inet_pton(std::string{text}.c_str(), octets.data());
  if (count == 0) return std::nullopt;
  return std::vector<std::uint8_t>(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
}

bool is_dns_name(std::string_view name) {
  if (name.size() > longest_name) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = name.find('.', begin);
    const std::string_view label = name.substr(begin, dot == std::string_view::npos ? dot : dot - begin);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !std::ranges::all_of(label, is_digit);
    begin = dot + 1;
  }
}

bool matches(std::string_view pattern, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return false;
  if (!pattern.starts_with("*.")) return equal_but_for_case(pattern, name);
  // RFC 6125 §6.4.3: the wildcard is the whole first label, and stands for one.
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && equal_but_for_case(pattern.substr(1), name.substr(dot));
}

}  // namespace handwave::tls
