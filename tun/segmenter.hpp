// Software segmentation, for a device without offload: what is written below is what a wire would carry.
#pragma once

#include <cstdint>
#include <vector>

#include "tun/device_wrapper.hpp"

namespace handwave {

/// Cuts super-segments and completes checksums before it writes them; what is read goes through as it is.
class Segmenter final : public DeviceWrapper {
 public:
  using DeviceWrapper::DeviceWrapper;
  void write(Instant now, const OutgoingPacket& packet) override;

 private:
  std::vector<std::uint8_t> finished_;  ///< kept, to be allocated once
  OutgoingPacket view_;
};

}  // namespace handwave
