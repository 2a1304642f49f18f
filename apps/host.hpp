// A host of our own on a TUN device: the device, the stack, the sockets, and the loop that drives them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/ladder_observer.hpp"
#include "apps/network_options.hpp"
#include "stack/sockets.hpp"
#include "stack/stack.hpp"
#include "tun/driver.hpp"
#include "tun/open_device.hpp"
#include "tun/signals.hpp"

namespace handwave {

class Host {
 public:
  using Say = void (*)(std::string_view);
  /// Opens the device and brings up the stack. Throws SystemError. Ladders, if asked for, go to `say`.
  Host(const Network& network, bool ladder, Say say);

  [[nodiscard]] Sockets& sockets() { return sockets_; }
  [[nodiscard]] const Stack& stack() const { return stack_; }
  /// Who draws the ladders; null if nobody does.
  [[nodiscard]] LadderObserver* ladder() { return ladder_ ? &*ladder_ : nullptr; }
  /// The interface's name.
  [[nodiscard]] const std::string& device_name() const { return opened_.tun->name(); }

  /// Turns until SIGINT, SIGTERM or `finished`, and then until the connections are closed. No task is left: what they
  /// refer to need not outlive the host.
  Driver::Ending run(std::function<bool()> finished = {});
  /// What was counted, by name: every counter that is not zero, and what the device did.
  [[nodiscard]] std::string statistics() const;
  /// Throws if the file of the capture, if there is one, could not be written to its end.
  void finish_capture();

 private:
  Say say_;
  StopSignals signals_;
  OpenedDevice opened_;
  Stack stack_;
  Sockets sockets_;
  std::optional<LadderObserver> ladder_;
};

}  // namespace handwave
