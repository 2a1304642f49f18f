// TCP packets for tests, made with the project's own codecs: as a stack hands them out, and as a device hands them in.
#pragma once

#include <vector>

#include "stack/address.hpp"
#include "stack/packet.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::test {

/// Makes `to` a TCP packet between two addresses of one family, its checksum partial, `text` viewed.
void make_tcp(OutgoingPacket& to, const IpAddress& source, const IpAddress& destination, const wire::TcpHeader& header,
              Bytes text, std::uint16_t segment_size = 0);

/// The same as a device with offload would hand it in: the checksum vouched for and never computed.
IncomingPacket incoming(const OutgoingPacket& packet);

/// True if the checksums of a finished TCP packet, the IPv4 header's among them, are right.
bool checksums_right(Bytes packet);

/// 0, 1, 2, ... 250, 0, ...: text that shows where it is from.
std::vector<std::uint8_t> counting_text(std::size_t size);

}  // namespace handwave::test
