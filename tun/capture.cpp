#include "tun/capture.hpp"

#include "stack/wire/segmentation.hpp"
#include "tun/deadline.hpp"
#include "tun/packet_views.hpp"

namespace handwave {
namespace {

/// How long a packet may be in memory only: somebody may be reading the file as it grows.
constexpr Duration flush_interval = std::chrono::milliseconds{200};

}  // namespace

Capture::Capture(std::unique_ptr<Device> inner, const std::string& path, Instant now, PcapFile::Time wall_clock)
    : DeviceWrapper(std::move(inner)), file_(path), origin_(now), wall_clock_at_origin_(wall_clock) {}

std::optional<IncomingPacket> Capture::read(Instant now) {
  std::optional<IncomingPacket> packet = inner().read(now);
  if (packet) {
    view_incoming(*packet, view_);
    record(now, view_);
  }
  return packet;
}

void Capture::write(Instant now, const OutgoingPacket& packet) {
  record(now, packet);
  inner().write(now, packet);
}

void Capture::record(Instant now, const OutgoingPacket& packet) {
  if (!complete_) return;
  wire::complete_packet(packet, finished_);
  complete_ = file_.write(wall_clock_at_origin_ + (now - origin_), finished_);
  if (!flush_at_) flush_at_ = now + flush_interval;
}

bool Capture::finish() {
  complete_ = file_.flush() && complete_;
  return complete_;
}

std::optional<Instant> Capture::poll_timeout() const { return earlier(DeviceWrapper::poll_timeout(), flush_at_); }

void Capture::handle_timeout(Instant now) {
  if (flush_at_ && now >= *flush_at_) {
    finish();
    flush_at_.reset();
  }
  DeviceWrapper::handle_timeout(now);
}

}  // namespace handwave
