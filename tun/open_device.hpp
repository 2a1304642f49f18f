// The chain of devices that a program asked for, put together in the one order that makes sense.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tun/capture.hpp"
#include "tun/impaired_device.hpp"
#include "tun/tun_device.hpp"

namespace handwave {

struct DeviceOptions {
  TunConfig tun;
  std::string capture;  ///< the file's name; empty: no capture
  std::optional<Impairments> impairments;
  std::uint64_t seed = 0;  ///< of the impairments
};

/// A chain, and the links in it that have something to tell. They live as long as `device`.
struct OpenedDevice {
  std::unique_ptr<Device> device;
  const TunDevice* tun = nullptr;
  Capture* capture = nullptr;          ///< null: none
  ImpairedDevice* impaired = nullptr;  ///< null: none
};

/// Segmenter over capture over impairment over TUN, as far as they are asked for. So a capture has what a capture of a
/// real interface has: packets sent before the network loses them, packets received after it did. Throws SystemError.
OpenedDevice open_device(const DeviceOptions& options);

}  // namespace handwave
