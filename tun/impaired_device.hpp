// A device with a bad network between it and the one that it wraps.
#pragma once

#include <cstdint>

#include "tun/device_wrapper.hpp"
#include "tun/impaired_path.hpp"

namespace handwave {

/// Super-segments are cut first, in both directions: what is lost or late is one packet of at most the MTU.
class ImpairedDevice final : public DeviceWrapper {
 public:
  /// The same seed and the same packets at the same times meet the same fates.
  ImpairedDevice(std::unique_ptr<Device> inner, const Impairments& impairments, std::uint64_t seed);

  std::optional<IncomingPacket> read(Instant now) override;
  void write(Instant now, const OutgoingPacket& packet) override;
  [[nodiscard]] std::optional<Instant> poll_timeout() const override;
  void handle_timeout(Instant now) override;
  /// Hands over at once what is still on its way out: the program ends, and with it the path.
  void drain(Instant now);

  [[nodiscard]] const PathCounters& counters_in() const { return in_.counters(); }
  [[nodiscard]] const PathCounters& counters_out() const { return out_.counters(); }

 private:
  /// Cuts a packet to wire size and sends it into `path`.
  void push(ImpairedPath& path, Instant now, const OutgoingPacket& packet, bool checksum_verified);

  ImpairedPath in_;
  ImpairedPath out_;
  OutgoingPacket view_;
};

}  // namespace handwave
