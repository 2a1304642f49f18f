// The ECN field: RFC 3168 §5, the two bits below the Differentiated Services field (RFC 2474), in either family's
// header.
#pragma once

#include <cstdint>

#include "stack/bytes.hpp"

namespace handwave::wire {

//     0     1     2     3     4     5     6     7
//  +-----+-----+-----+-----+-----+-----+-----+-----+
//  |          DS FIELD, DSCP           | ECN FIELD |
//  +-----+-----+-----+-----+-----+-----+-----+-----+
/// Its four codepoints, §5, figure 1. The sender says by ECT that it will hear of marks; a router that is about to be
/// full makes CE of either.
enum class EcnField : std::uint8_t { not_ect = 0b00, ect_1 = 0b01, ect_0 = 0b10, ce = 0b11 };

constexpr EcnField ecn_field(std::uint8_t traffic_class) { return static_cast<EcnField>(traffic_class & 0b11); }

/// The same Differentiated Services field beside another ECN field.
constexpr std::uint8_t with_ecn_field(std::uint8_t traffic_class, EcnField field) {
  return static_cast<std::uint8_t>((traffic_class & 0b1111'1100) | static_cast<std::uint8_t>(field));
}

/// That of the IP packet, or of its header alone. What is no IP packet is not ECN-capable.
EcnField ecn_field_of(Bytes packet);

/// What a router does to a packet in place: an IPv4 header's checksum follows. It is one, and its header is whole.
void set_ecn_field(MutableBytes packet, EcnField field);

}  // namespace handwave::wire
