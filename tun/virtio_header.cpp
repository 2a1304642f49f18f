#include "tun/virtio_header.hpp"

namespace handwave {
namespace {

// In the TCP header.
constexpr std::size_t flags_position = 13;
constexpr std::uint8_t cwr = 0x80;

}  // namespace

VirtioHeader VirtioHeader::describing(const OutgoingPacket& packet) {
  VirtioHeader header;
  header.header_length = static_cast<std::uint16_t>(packet.header().size());
  if (packet.checksum_partial) {
    header.flags = flag_needs_checksum;
    header.checksum_start = packet.checksum_start;
    header.checksum_offset = packet.checksum_offset;
  }
  // What fits one segment is no super-segment, whatever it was meant to be.
  if (packet.segment_size != 0 && packet.payload_size() > packet.segment_size) {
    header.gso_type = packet.header().front() >> 4 == 4 ? gso_tcp4 : gso_tcp6;
    header.gso_size = packet.segment_size;
    if ((packet.header()[packet.checksum_start + flags_position] & cwr) != 0) header.gso_type |= gso_ecn;
  }
  return header;
}

std::uint16_t VirtioHeader::segment_size() const {
  const std::uint8_t type = gso_type & static_cast<std::uint8_t>(~gso_ecn);
  return type == gso_tcp4 || type == gso_tcp6 ? gso_size : std::uint16_t{0};
}

}  // namespace handwave
