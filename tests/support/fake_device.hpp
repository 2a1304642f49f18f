// A device for tests: what the test puts in can be read, what is written is kept, finished, for the test to look at.
#pragma once

#include <deque>
#include <vector>

#include "stack/wire/segmentation.hpp"
#include "tun/device.hpp"

namespace handwave::test {

class FakeDevice final : public Device {
 public:
  /// A packet that was written, as the octets a device with offload would put together, and what it was asked to do.
  struct Written {
    Instant at;
    std::vector<std::uint8_t> octets;
    bool checksum_partial = false;
    std::uint16_t segment_size = 0;
  };

  std::optional<IncomingPacket> read(Instant /*now*/) override {
    if (to_read.empty()) return std::nullopt;
    IncomingPacket packet = std::move(to_read.front());
    to_read.pop_front();
    return packet;
  }
  void write(Instant now, const OutgoingPacket& packet) override {
    Written& kept = written.emplace_back();
    kept.at = now;
    kept.checksum_partial = packet.checksum_partial;
    kept.segment_size = packet.segment_size;
    wire::complete_packet(packet, kept.octets);
  }
  [[nodiscard]] int descriptor() const override { return -1; }
  [[nodiscard]] const DeviceStatistics& statistics() const override { return statistics_; }

  std::deque<IncomingPacket> to_read;
  std::vector<Written> written;

 private:
  DeviceStatistics statistics_;
};

}  // namespace handwave::test
