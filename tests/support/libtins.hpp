// Addresses of libtins as ours, and the other way round.
#pragma once

#include <tins/tins.h>

#include <vector>

#include "stack/address.hpp"

namespace handwave::test {

inline IpAddress address_of(const Tins::IPv4Address& address) { return IpAddress::parse(address.to_string()).value(); }
inline IpAddress address_of(const Tins::IPv6Address& address) {
  return IpAddress::from_octets(std::vector<std::uint8_t>(address.begin(), address.end()));
}

inline Tins::IPv4Address tins_v4(const IpAddress& address) { return address.to_string(); }
inline Tins::IPv6Address tins_v6(const IpAddress& address) { return {address.octets().data()}; }

}  // namespace handwave::test
