// The whole program as one loop: packets in, time, events, packets out, sleep (design §2).
#pragma once

#include <chrono>

#include "stack/stack.hpp"
#include "tun/application.hpp"
#include "tun/device.hpp"
#include "tun/signals.hpp"

namespace handwave {

/// Drives one stack over one device for one application, all of which outlive it.
class Driver {
 public:
  /// Packets read before the stack may answer. Enough to aggregate ACKs (RFC 9293 MUST-58) and to share the cost of a
  /// turn; few enough that, at 64 KiB each and gigabytes a second, timers are late by milliseconds at most.
  static constexpr std::size_t max_reads = 64;
  /// How long connections may take to close after a stop was asked for, unless the caller says otherwise.
  static constexpr Duration default_stop_limit = std::chrono::seconds{5};

  enum class Ending {
    closed,   ///< every connection was closed
    aborted,  ///< some took longer than the limit, and were aborted
  };

  Driver(Device& device, Stack& stack, Application& application, Duration stop_limit = default_stop_limit)
      : device_(device), stack_(stack), app_(application), stop_limit_(stop_limit) {}

  /// Shows every packet to `observer` from now on; null: to nobody.
  void observe(PacketObserver* observer) { observer_ = observer; }
  /// Turns until a signal comes or the application has finished, and then until the connections are closed.
  Ending run(const StopSignals& signals);
  /// One turn at the instant `now`. True if anything moved, so that a next turn may find more at once.
  bool turn(Instant now);

 private:
  bool receive_batch(Instant now);
  bool pass_events(Instant now);
  bool transmit(Instant now);
  /// A signal has come or the application has finished, and we are not stopping yet.
  [[nodiscard]] bool stop_wanted(const StopSignals& signals) const;
  void begin_stopping(Instant now);
  /// Sleeps until there is something to do.
  void wait(const StopSignals& signals) const;

  Device& device_;
  Stack& stack_;
  Application& app_;
  Duration stop_limit_;
  PacketObserver* observer_ = nullptr;
  std::optional<Instant> give_up_;  ///< set once stopping
};

}  // namespace handwave
