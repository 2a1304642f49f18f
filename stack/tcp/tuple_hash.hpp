// A keyed hash of a pair of sockets: what flow tables, ISNs and timestamp offsets are made from.
#pragma once

#include <cstdint>

#include "stack/address.hpp"
#include "stack/random.hpp"

namespace handwave::tcp {

/// SipHash of the addresses and ports, packed without gaps (12 octets for IPv4, 36 for IPv6), and of up to 16 octets
/// more. Without the key nobody can aim for collisions.
std::uint64_t tuple_hash(SipKey key, const FourTuple& sockets, Bytes more = {});

}  // namespace handwave::tcp
