// What a device with TCP segmentation and checksum offload does to a packet, in software (design §5): the headers of a
// super-segment are repeated before each piece of its text, and only what counts or sums octets differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stack/packet.hpp"

namespace handwave::wire {

/// Cuts one outgoing packet into the finished packets that go over the wire, in order. One that is not to be cut gives
/// one packet. The outgoing packet and what it views outlive this object.
///
/// A piece differs from the whole in: the IP lengths; the IPv4 identification, which counts up, and header checksum;
/// SEG.SEQ; CWR, which only the first piece keeps (RFC 3168 §6.1.2); PSH and FIN, which only the last one keeps; and
/// the TCP checksum, made from the partial one by taking the length out of it and putting the piece's in: a pseudo-
/// header that was summed wrongly gives wrong packets here, as it would with a device. The urgent pointer is counted
/// from each piece's own SEG.SEQ. Most devices only copy it, so what is handed to one should not be urgent and cut.
class Segmentation {
 public:
  explicit Segmentation(const OutgoingPacket& packet);

  /// Makes `to` the next packet, of its size; false, and `to` left alone, when there is none left.
  bool next(std::vector<std::uint8_t>& to);
  /// How many packets there are in all.
  [[nodiscard]] std::size_t count() const;

 private:
  void gather(MutableBytes to);

  const OutgoingPacket* packet_;
  std::size_t step_;          ///< octets of text in every piece but the last
  std::size_t index_ = 0;     ///< of the next piece
  std::size_t gathered_ = 0;  ///< octets of text that are in pieces already given
  std::size_t slice_ = 0;     ///< where the next octet of text is: in which slice, and where in it
  std::size_t slice_offset_ = 0;
};

/// Makes `to` the whole packet with its checksum finished, as one even if it is a super-segment.
void complete_packet(const OutgoingPacket& packet, std::vector<std::uint8_t>& to);

}  // namespace handwave::wire
