// The seam between the driver and whatever uses the stack: event in, user calls out.
#pragma once

#include <optional>

#include "stack/stack.hpp"

namespace handwave {

/// What runs on a stack. It makes its user calls from inside these, and never waits in them.
class Application {
 public:
  virtual ~Application() = default;

  /// Something happened to a connection or a listener.
  virtual void handle(Instant now, const Event& event) = 0;
  /// The time of poll_timeout() has come, or an earlier one.
  virtual void handle_timeout(Instant /*now*/) {}
  /// When the application wants handle_timeout(), at the latest; nothing if it does not.
  [[nodiscard]] virtual std::optional<Instant> poll_timeout() const { return std::nullopt; }
  /// True once the application has done all it was for. The driver then goes on as after a signal.
  [[nodiscard]] virtual bool finished() const { return false; }

  /// Asked to end: closes its listeners, and its connections as soon as decency allows.
  virtual void stop(Instant now) = 0;
  /// The time for that is over: aborts what is left, so that no peer waits in vain.
  virtual void abort(Instant /*now*/) {}

 protected:
  Application() = default;
  Application(const Application&) = default;
  Application& operator=(const Application&) = default;
};

/// Sees every packet on its way between stack and device.
class PacketObserver {
 public:
  virtual ~PacketObserver() = default;
  /// The stack has been given `packet`, and its state shows it.
  virtual void received(Instant now, const IncomingPacket& packet) = 0;
  /// The stack has made `packet`; the device has it next.
  virtual void sending(Instant now, const OutgoingPacket& packet) = 0;

 protected:
  PacketObserver() = default;
  PacketObserver(const PacketObserver&) = default;
  PacketObserver& operator=(const PacketObserver&) = default;
};

}  // namespace handwave
