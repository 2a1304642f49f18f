// Coroutine sockets as the driver's application.
#pragma once

#include <functional>
#include <optional>

#include "stack/sockets.hpp"
#include "tun/application.hpp"

namespace handwave {

class SocketsApplication final : public Application {
 public:
  /// `finished` may be empty: then only a signal ends the program.
  explicit SocketsApplication(Sockets& sockets, std::function<bool()> finished = {})
      : sockets_(sockets), finished_(std::move(finished)) {}

  void handle(Instant now, const Event& event) override { sockets_.handle(now, event); }
  void handle_timeout(Instant now) override { sockets_.handle_timeout(now); }
  [[nodiscard]] std::optional<Instant> poll_timeout() const override { return sockets_.poll_timeout(); }
  [[nodiscard]] bool finished() const override { return finished_ && finished_(); }
  void stop(Instant now) override {
    sockets_.stop();
    sockets_.handle_timeout(now);
  }
  void abort(Instant now) override {
    sockets_.abort_all();
    sockets_.handle_timeout(now);
  }

 private:
  Sockets& sockets_;
  std::function<bool()> finished_;
};

}  // namespace handwave
