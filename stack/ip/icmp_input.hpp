// What ICMP errors say about our segments: RFC 9293 §3.9.2.2, RFC 1122 §4.2.3.9, RFC 1191, RFC 8201, RFC 5927.
#pragma once

#include <optional>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/ip/arrival.hpp"
#include "stack/wire/icmp.hpp"

namespace handwave::ip {

/// True for the ICMP (or ICMPv6) messages that report an error about a packet, which they quote.
bool is_icmp_error(IpAddress::Family family, std::uint8_t type);

/// The error that came with `header`, read from the `quote` behind it. Nothing if it does not quote the beginning of a
/// TCP segment from `our_address`, where the error was sent to, or if it says what a host must discard.
std::optional<IcmpError> read_icmp_error(const IpAddress& our_address, const wire::IcmpHeader& header, Bytes quote);

}  // namespace handwave::ip
