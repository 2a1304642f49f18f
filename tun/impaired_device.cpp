#include "tun/impaired_device.hpp"

#include <algorithm>

#include "stack/wire/segmentation.hpp"
#include "tun/deadline.hpp"
#include "tun/packet_views.hpp"

namespace handwave {
namespace {

/// Packets taken from the device below for one that comes through: with a delay none does, and reading must end.
constexpr int max_reads = 64;

}  // namespace

ImpairedDevice::ImpairedDevice(std::unique_ptr<Device> inner, const Impairments& impairments, std::uint64_t seed)
    : DeviceWrapper(std::move(inner)),
      in_(impairments.in, secret_from_seed(2 * seed)),
      out_(impairments.out, secret_from_seed(2 * seed + 1)) {}

void ImpairedDevice::push(ImpairedPath& path, Instant now, const OutgoingPacket& packet, bool checksum_verified) {
  wire::Segmentation segments(packet);
  PacketOnPath piece{.octets = {}, .checksum_verified = checksum_verified};
  while (segments.next(piece.octets)) path.push(now, piece);
}

std::optional<IncomingPacket> ImpairedDevice::read(Instant now) {
  for (int reads = 0; reads < max_reads; ++reads) {
    if (const std::optional<PacketOnPath> packet = in_.pop(now))
      return IncomingPacket{
          .bytes = Slice::copy_of(packet->octets), .checksum_verified = packet->checksum_verified, .segment_size = 0};
    const std::optional<IncomingPacket> fresh = inner().read(now);
    if (!fresh) return std::nullopt;
    view_incoming(*fresh, view_);
    push(in_, now, view_, fresh->checksum_verified);
  }
  return std::nullopt;
}

void ImpairedDevice::write(Instant now, const OutgoingPacket& packet) {
  push(out_, now, packet, false);
  handle_timeout(now);
}

std::optional<Instant> ImpairedDevice::poll_timeout() const {
  return earlier(DeviceWrapper::poll_timeout(), earlier(in_.next(), out_.next()));
}

void ImpairedDevice::handle_timeout(Instant now) {
  while (const std::optional<PacketOnPath> packet = out_.pop(now)) {
    view_finished(packet->octets, view_);
    inner().write(now, view_);
  }
  DeviceWrapper::handle_timeout(now);
}

void ImpairedDevice::drain(Instant now) {
  while (const auto next = out_.next()) handle_timeout(std::max(now, *next));
}

}  // namespace handwave
