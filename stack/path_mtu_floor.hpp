// How small a path's MTU may be, whoever says so: a router (RFC 1191, RFC 8201) or our own probing (RFC 4821).
#pragma once

#include <cstdint>

#include "stack/address.hpp"

namespace handwave {

/// No IPv4 path MTU below 512 octets and two headers is believed: RFC 1191 allows 68, at which a forger who guesses a
/// sequence number makes us send 28 octets a packet (docs/decisions/0006). RFC 8200 §5: every IPv6 link carries 1280.
constexpr std::uint16_t path_mtu_floor(IpAddress::Family family) {
  return family == IpAddress::Family::v4 ? 552 : 1280;
}

}  // namespace handwave
