// What all devices that wrap another one have in common: they own it, and leave to it whatever they do not change.
#pragma once

#include <memory>
#include <utility>

#include "tun/device.hpp"

namespace handwave {

class DeviceWrapper : public Device {
 public:
  explicit DeviceWrapper(std::unique_ptr<Device> inner) : inner_(std::move(inner)) {}

  std::optional<IncomingPacket> read(Instant now) override { return inner_->read(now); }
  void write(Instant now, const OutgoingPacket& packet) override { inner_->write(now, packet); }
  [[nodiscard]] std::optional<Instant> poll_timeout() const override { return inner_->poll_timeout(); }
  void handle_timeout(Instant now) override { inner_->handle_timeout(now); }
  [[nodiscard]] int descriptor() const override { return inner_->descriptor(); }
  [[nodiscard]] const DeviceStatistics& statistics() const override { return inner_->statistics(); }

 protected:
  [[nodiscard]] Device& inner() { return *inner_; }

 private:
  std::unique_ptr<Device> inner_;
};

}  // namespace handwave
