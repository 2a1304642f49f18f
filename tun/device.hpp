// The seam between a stack and what carries its packets: devices, and devices that wrap devices.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/packet.hpp"
#include "stack/time.hpp"

namespace handwave {

/// What a device has done so far, super-segments counted once.
struct DeviceStatistics {
  std::uint64_t packets_read = 0;
  std::uint64_t octets_read = 0;
  std::uint64_t packets_written = 0;
  std::uint64_t octets_written = 0;
  std::uint64_t packets_refused = 0;  ///< written in vain: the device had no room, or did not like them
};

/// Carries IP packets. Wrappers (capture, impairment, segmentation) hold another device and do their one thing on the
/// way: `Capture{Impairment{Segmenter{tun}}}`. No call blocks.
class Device {
 public:
  virtual ~Device() = default;

  /// The next packet that has arrived; nothing if there is none for now.
  virtual std::optional<IncomingPacket> read(Instant now) = 0;
  /// Sends a packet, or drops it if there is no way to send it now: IP promises no more.
  virtual void write(Instant now, const OutgoingPacket& packet) = 0;
  /// When a device that holds packets back has something to do again (handle_timeout, or read); nothing if never.
  [[nodiscard]] virtual std::optional<Instant> poll_timeout() const { return std::nullopt; }
  /// Sends what was held back until `now`.
  virtual void handle_timeout(Instant /*now*/) {}
  /// What to sleep on: readable when read() has something new.
  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual const DeviceStatistics& statistics() const = 0;

 protected:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
};

}  // namespace handwave
