#include "tun/open_device.hpp"

#include <chrono>

#include "tun/clock.hpp"
#include "tun/segmenter.hpp"

namespace handwave {

OpenedDevice open_device(const DeviceOptions& options) {
  OpenedDevice opened;
  auto tun = std::make_unique<TunDevice>(options.tun);
  opened.tun = tun.get();
  opened.device = std::move(tun);
  if (options.impairments) {
    auto impaired = std::make_unique<ImpairedDevice>(std::move(opened.device), *options.impairments, options.seed);
    opened.impaired = impaired.get();
    opened.device = std::move(impaired);
  }
  if (!options.capture.empty()) {
    auto capture =
        std::make_unique<Capture>(std::move(opened.device), options.capture, monotonic_now(), wall_clock_now());
    opened.capture = capture.get();
    opened.device = std::move(capture);
  }
  if (!options.tun.offload) opened.device = std::make_unique<Segmenter>(std::move(opened.device));
  return opened;
}

}  // namespace handwave
