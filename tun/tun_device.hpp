// The TUN device: a network interface of the kernel whose other end of the wire is this process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/address.hpp"
#include "tun/block_pool.hpp"
#include "tun/device.hpp"
#include "tun/file_descriptor.hpp"

namespace handwave {

/// What interface to make. Addresses are those of the kernel's side; the stack's own are none of the device's business.
struct TunConfig {
  std::string name = "handwave%d";  ///< "%d" stands for the first free number
  std::vector<AddressPrefix> kernel_addresses;
  std::uint16_t mtu = 1500;
  /// Super-segments and unfinished checksums both ways (design §5). Without, the device carries what a wire would, and
  /// a Segmenter has to stand before it.
  bool offload = true;
};

/// Makes the interface, gives it its addresses and brings it up; it is gone when the object is.
class TunDevice final : public Device {
 public:
  /// Throws SystemError, saying what is missing.
  explicit TunDevice(const TunConfig& config);

  std::optional<IncomingPacket> read(Instant now) override;
  void write(Instant now, const OutgoingPacket& packet) override;
  [[nodiscard]] int descriptor() const override { return file_.number(); }
  [[nodiscard]] const DeviceStatistics& statistics() const override { return statistics_; }

  /// The name that the interface got.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  FileDescriptor file_;
  std::string name_;
  bool offload_;
  BlockPool blocks_;
  DeviceStatistics statistics_;
};

}  // namespace handwave
