// A device that writes down, in a pcap file, every packet that the one it wraps carries.
#pragma once

#include <string>
#include <vector>

#include "tun/device_wrapper.hpp"
#include "tun/pcap_file.hpp"

namespace handwave {

/// Writes packets as the wrapped device carries them, super-segments whole; only checksums that were left to the device
/// are completed first, so that readers of the file find them right.
class Capture final : public DeviceWrapper {
 public:
  /// Throws SystemError if the file cannot be made. The times of packets are true if `now` is the time by the
  /// machine's monotonic clock, `wall_clock` that by the calendar's.
  Capture(std::unique_ptr<Device> inner, const std::string& path, Instant now, PcapFile::Time wall_clock);

  std::optional<IncomingPacket> read(Instant now) override;
  void write(Instant now, const OutgoingPacket& packet) override;
  [[nodiscard]] std::optional<Instant> poll_timeout() const override;
  void handle_timeout(Instant now) override;

  /// False once the file could not be written any more; what came later is missing.
  [[nodiscard]] bool complete() const { return complete_; }
  /// Writes down what is in memory only; whether it is complete.
  bool finish();

 private:
  void record(Instant now, const OutgoingPacket& packet);

  PcapFile file_;
  Instant origin_;
  PcapFile::Time wall_clock_at_origin_;
  bool complete_ = true;
  std::optional<Instant> flush_at_;
  std::vector<std::uint8_t> finished_;  ///< kept, to be allocated once
  OutgoingPacket view_;
};

}  // namespace handwave
