// The names that certificates are for: DNS names and IP addresses. RFC 5280 §4.2.1.6, RFC 1034 §3.5, RFC 6125 §6.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace handwave::tls {

/// 4 octets or 16, if `text` is an IP address: "192.0.2.2", "2001:db8::2".
std::optional<std::vector<std::uint8_t>> parse_address(std::string_view text);

/// True for a name that a certificate may carry: labels of letters, digits, hyphens and underscores, the first of
/// several may be "*". The last label is no number: such a name is an address that was mistyped.
bool is_dns_name(std::string_view name);

/// True if the certificate's `pattern` is for `name`: equal without regard to case (and to a dot at the name's end), or
/// "*" stands for exactly the first label.
bool matches(std::string_view pattern, std::string_view name);

}  // namespace handwave::tls
