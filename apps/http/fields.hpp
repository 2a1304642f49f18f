// Header fields and the small grammar they share: RFC 9110 §5, tokens and lists of §5.6.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace handwave::http {

/// One field line, without the whitespace around its value. Views of the buffer of the parser that read it.
struct Field {
  std::string_view name;
  std::string_view value;
};

using Fields = std::span<const Field>;

/// tchar of RFC 9110 §5.6.2.
constexpr bool is_token_character(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal but for the case of ASCII letters. Nearly every comparison of names ends at the length.
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// `text` without spaces and tabs (OWS, RFC 9110 §5.6.3) at both ends.
std::string_view trim(std::string_view text);

/// Decimal digits only, at least one (1*DIGIT); nothing on any other character and on overflow.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// The value of the only field of that name; nothing if there is none or more than one.
std::optional<std::string_view> single_field(Fields fields, std::string_view name);

/// How many field lines have that name.
std::size_t count_fields(Fields fields, std::string_view name);

/// Takes the next element off the front of a comma-separated list (RFC 9110 §5.6.1.2), skipping empty ones; commas
/// inside quoted strings do not separate. Nothing at the list's end.
std::optional<std::string_view> next_list_element(std::string_view& list);

}  // namespace handwave::http
