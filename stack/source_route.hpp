// Source routes of IPv4: RFC 791 §3.1, RFC 1122 §3.2.1.8 (c), RFC 9293 §3.9.2.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stack/address.hpp"

namespace handwave {

/// The gateways that packets visit before their destination, the first of them first. Without any it is no route.
struct SourceRoute {
  /// What the 40 octets of IP options have room for.
  static constexpr std::size_t max_gateways = 9;

  std::vector<IpAddress> gateways;
  bool strict = false;  ///< SSRR: nothing but these lies on the way; else LSRR

  /// Octets of the IP header's options that it takes, with padding: IPoptionsize (MUST-16).
  [[nodiscard]] std::uint32_t option_size() const { return 4 + 4 * static_cast<std::uint32_t>(gateways.size()); }
  friend bool operator==(const SourceRoute&, const SourceRoute&) = default;
};

}  // namespace handwave
