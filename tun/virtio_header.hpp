// The ten octets before each packet of a TUN device with IFF_VNET_HDR: struct virtio_net_hdr of the Virtual I/O Device
// specification, §5.1.6. Declared here because <linux/virtio_net.h> is not C++ everywhere (it has a field `class`).
#pragma once

#include <cstdint>

#include "stack/packet.hpp"

namespace handwave {

/// In the machine's own byte order, as a TUN device has it unless told otherwise.
struct VirtioHeader {
  static constexpr std::uint8_t flag_needs_checksum = 1;  ///< the checksum field holds the pseudo-header's sum only
  static constexpr std::uint8_t flag_data_valid = 2;      ///< the checksum was verified
  static constexpr std::uint8_t gso_none = 0;
  static constexpr std::uint8_t gso_tcp4 = 1;
  static constexpr std::uint8_t gso_tcp6 = 4;
  static constexpr std::uint8_t gso_ecn = 0x80;  ///< added to a type: CWR belongs to the first segment only

  std::uint8_t flags = 0;
  std::uint8_t gso_type = gso_none;
  std::uint16_t header_length = 0;  ///< a hint: octets of IP and TCP header
  std::uint16_t gso_size = 0;       ///< payload octets a segment
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;  ///< from checksum_start

  /// What to tell the device about a packet of the stack.
  static VirtioHeader describing(const OutgoingPacket& packet);
  /// A checksum that was never computed cannot have been damaged: both flags vouch for it.
  [[nodiscard]] bool checksum_verified() const { return (flags & (flag_needs_checksum | flag_data_valid)) != 0; }
  /// As IncomingPacket has it: 0 unless this is a TCP super-segment.
  [[nodiscard]] std::uint16_t segment_size() const;
};
static_assert(sizeof(VirtioHeader) == 10);

}  // namespace handwave
