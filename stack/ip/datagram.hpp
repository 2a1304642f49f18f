// A whole datagram for one of our addresses, of either family, with its IP headers read and stepped over.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/address.hpp"
#include "stack/slice.hpp"

namespace handwave::ip {

struct Datagram {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::uint8_t traffic_class = 0;
  std::size_t protocol_position = 0;  ///< octets from the packet's start to the octet that names the protocol
  Slice packet;                       ///< all of it, without padding
  Slice payload;                      ///< of the IP packet, a part of `packet`
  bool checksum_verified = false;     ///< the device vouches for the payload's checksum
  std::uint16_t segment_size = 0;     ///< as in IncomingPacket
};

}  // namespace handwave::ip
