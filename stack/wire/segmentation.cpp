// Cutting super-segments and finishing checksums: RFC 9293 §3.1, RFC 791 §3.1, RFC 8200 §3 and §8.1.
#include "stack/wire/segmentation.hpp"

#include <algorithm>

#include "stack/bytes.hpp"
#include "stack/expects.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::wire {
namespace {

constexpr std::uint16_t udp_checksum_offset = 6;

// Flags in their octet, which is the 13th of the header.
constexpr std::uint8_t fin_and_psh = 0x09;
constexpr std::uint8_t urg = 0x20;
constexpr std::uint8_t cwr = 0x80;

/// Where a piece lies in the whole.
struct Place {
  std::size_t index;   ///< of the piece
  std::size_t offset;  ///< of its first octet of text
  bool last;
};

/// Adds what is missing to the partial sum in the checksum field.
void finish_checksum(const OutgoingPacket& packet, MutableBytes bytes) {
  if (!packet.checksum_partial) return;
  const std::size_t field = std::size_t{packet.checksum_start} + packet.checksum_offset;
  expects(field + 2 <= packet.header().size(), "the checksum field is in the headers");
  auto checksum = static_cast<std::uint16_t>(~ones_complement_sum(bytes.subspan(packet.checksum_start)));
  // RFC 768: in UDP, zero means that there is no checksum; the other zero of one's complement takes its place.
  if (checksum == 0 && packet.checksum_offset == udp_checksum_offset) checksum = 0xffff;
  store_be16(bytes.data() + field, checksum);
}

void cut_ipv4_header(MutableBytes piece, const Place& place) {
  const std::size_t header_size = std::size_t{4} * (piece[0] & 0x0f);
  std::uint8_t* const at = piece.data();
  store_be16(at + 2, static_cast<std::uint16_t>(piece.size()));
  store_be16(at + 4, static_cast<std::uint16_t>(load_be16(at + 4) + place.index));
  store_be16(at + 10, 0);
  store_be16(at + 10, static_cast<std::uint16_t>(~ones_complement_sum(piece.first(header_size))));
}

void cut_tcp_header(MutableBytes segment, std::size_t whole_size, const Place& place) {
  std::uint8_t* const at = segment.data();
  const auto offset = static_cast<std::uint32_t>(place.offset);
  store_be32(at + 4, load_be32(at + 4) + offset);
  std::uint8_t& flags = at[13];
  if (place.index != 0) flags &= static_cast<std::uint8_t>(~cwr);
  if (!place.last) flags &= static_cast<std::uint8_t>(~fin_and_psh);
  if ((flags & urg) != 0) {
    const std::uint16_t up = load_be16(at + 18);
    if (up <= offset) flags &= static_cast<std::uint8_t>(~urg);  // the urgent text ended before this piece
    store_be16(at + 18, static_cast<std::uint16_t>(up <= offset ? 0 : up - offset));
  }
  // The pseudo-header's length of the whole goes out of the partial sum, that of this piece into it (RFC 1624 §3).
  std::uint16_t sum = load_be16(at + tcp_checksum_offset);
  sum = add_sums(sum, static_cast<std::uint16_t>(~whole_size));
  sum = add_sums(sum, static_cast<std::uint16_t>(segment.size()));
  store_be16(at + tcp_checksum_offset, sum);
}

/// Makes the headers at the front of `piece`, copied from the whole packet, its own.
void cut_headers(const OutgoingPacket& packet, MutableBytes piece, const Place& place) {
  if (piece[0] >> 4 == 4) {
    cut_ipv4_header(piece, place);
  } else {
    store_be16(piece.data() + 4, static_cast<std::uint16_t>(piece.size() - ipv6_header_size));
  }
  cut_tcp_header(piece.subspan(packet.checksum_start), packet.size() - packet.checksum_start, place);
}

/// True if the packet's headers are what a device can cut behind.
bool can_be_cut(const OutgoingPacket& packet) {
  const Bytes header = packet.header();
  if (!packet.checksum_partial || packet.checksum_offset != tcp_checksum_offset) return false;
  if (packet.size() > 65535 || packet.checksum_start + tcp_header_size > header.size()) return false;
  return packet.checksum_start + std::size_t{4} * (header[packet.checksum_start + 12U] >> 4) == header.size();
}

}  // namespace

Segmentation::Segmentation(const OutgoingPacket& packet)
    : packet_(&packet),
      step_(packet.segment_size == 0 ? packet.payload_size()
                                     : std::min<std::size_t>(packet.segment_size, packet.payload_size())) {
  expects(count() == 1 || can_be_cut(packet), "a super-segment is TCP with a partial checksum");
}

std::size_t Segmentation::count() const { return step_ == 0 ? 1 : (packet_->payload_size() + step_ - 1) / step_; }

bool Segmentation::next(std::vector<std::uint8_t>& to) {
  if (index_ == count()) return false;
  const Bytes header = packet_->header();
  const Place place{.index = index_, .offset = gathered_, .last = index_ + 1 == count()};
  to.resize(header.size() + std::min(step_, packet_->payload_size() - gathered_));
  std::copy(header.begin(), header.end(), to.begin());
  gather(MutableBytes(to).subspan(header.size()));
  if (count() != 1) cut_headers(*packet_, to, place);
  finish_checksum(*packet_, to);
  ++index_;
  return true;
}

void Segmentation::gather(MutableBytes to) {
  gathered_ += to.size();
  while (!to.empty()) {
    const Bytes rest = packet_->payload()[slice_].subspan(slice_offset_);
    const std::size_t size = std::min(rest.size(), to.size());
    std::memcpy(to.data(), rest.data(), size);
    to = to.subspan(size);
    slice_offset_ += size;
    if (size == rest.size()) {
      ++slice_;
      slice_offset_ = 0;
    }
  }
}

void complete_packet(const OutgoingPacket& packet, std::vector<std::uint8_t>& to) {
  to.assign(packet.header().begin(), packet.header().end());
  for (const Bytes slice : packet.payload()) to.insert(to.end(), slice.begin(), slice.end());
  finish_checksum(packet, to);
}

}  // namespace handwave::wire
