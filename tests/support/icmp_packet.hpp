// ICMP and ICMPv6 error messages as a router or host in the path sends them: RFC 792, RFC 4443.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stack/address.hpp"
#include "stack/bytes.hpp"

namespace handwave::test {

/// An error about `quoted`, of which it holds the IP header and up to `quoted_octets` behind it. `word` is the second
/// word of the message: the MTU, or the pointer.
std::vector<std::uint8_t> build_icmp_error(const IpAddress& source, const IpAddress& destination, std::uint8_t type,
                                           std::uint8_t code, std::uint32_t word, Bytes quoted,
                                           std::size_t quoted_octets);

}  // namespace handwave::test
