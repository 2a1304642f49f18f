// The vocabulary of the TLS layer: octets, unpredictable octets, versions.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace handwave::tls {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Fills all of its argument with octets that nobody can predict.
using Random = std::function<void(MutableBytes)>;

/// Takes one line of the key log, without its end (the format that Wireshark and curl know as SSLKEYLOGFILE).
using KeyLog = std::function<void(std::string_view line)>;

/// TLS 1.1 and older are not spoken (RFC 8996).
enum class Version : std::uint8_t { tls1_2, tls1_3 };

/// "TLS 1.2" or "TLS 1.3".
constexpr std::string_view name_of(Version version) { return version == Version::tls1_2 ? "TLS 1.2" : "TLS 1.3"; }

}  // namespace handwave::tls
