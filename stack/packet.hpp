// What passes between a stack and a device: one IP packet a time, perhaps a super-segment of many MTUs (design §5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "stack/expects.hpp"
#include "stack/slice.hpp"

namespace handwave {

/// A packet as a device read it: the whole IP packet, and what the device vouches for.
struct IncomingPacket {
  Slice bytes;                     ///< from the first octet of the IP header
  bool checksum_verified = false;  ///< the device vouches for the TCP or UDP checksum
  std::uint16_t segment_size = 0;  ///< payload octets a segment if this is a super-segment of several; else 0
};

/// A packet for a device to write: headers made by the stack, payload as slices of the send queue, not copied.
/// The payload views stay valid until the next call of any kind that changes the stack.
class OutgoingPacket {
 public:
  /// IPv6 with a fragment header and TCP with 40 octets of options, and some to spare.
  static constexpr std::size_t max_header_size = 128;
  /// Slices that one packet may gather; below the kernel's limit of 1024 for writev, and plenty for 64 KiB.
  static constexpr std::size_t max_payload_slices = 32;

  [[nodiscard]] Bytes header() const { return {header_.data(), header_size_}; }
  [[nodiscard]] MutableBytes header() { return {header_.data(), header_size_}; }
  [[nodiscard]] std::span<const Bytes> payload() const { return {slices_.data(), slice_count_}; }
  [[nodiscard]] std::size_t payload_size() const { return payload_size_; }
  [[nodiscard]] std::size_t size() const { return header_size_ + payload_size_; }

  /// Makes room for `size` octets of headers and gives them, uninitialised.
  MutableBytes resize_header(std::size_t size) {
    expects(size <= max_header_size, "headers fit the space for them");
    header_size_ = size;
    return header();
  }
  [[nodiscard]] bool payload_full() const { return slice_count_ == max_payload_slices; }
  void add_payload(Bytes slice) {
    if (slice.empty()) return;
    expects(!payload_full(), "a packet gathers no more slices than it has room for");
    slices_[slice_count_++] = slice;
    payload_size_ += slice.size();
  }
  /// Empty again, for the next packet; the arrays are left as they are.
  void clear() {
    header_size_ = slice_count_ = payload_size_ = 0;
    checksum_partial = false;
    checksum_start = checksum_offset = segment_size = 0;
  }

  /// If true, the TCP checksum field holds only the folded, uncomplemented sum of the pseudo-header, and whoever
  /// writes the packet adds the rest from `checksum_start` on and stores it at `checksum_start + checksum_offset`.
  bool checksum_partial = false;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;
  /// Payload octets a segment, if the packet is to be cut into several of them; 0 if it goes as it is.
  std::uint16_t segment_size = 0;

 private:
  std::size_t header_size_ = 0;
  std::size_t slice_count_ = 0;
  std::size_t payload_size_ = 0;
  std::array<std::uint8_t, max_header_size> header_;
  std::array<Bytes, max_payload_slices> slices_;
};

}  // namespace handwave
