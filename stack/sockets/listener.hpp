// Listener: a passive OPEN as an application holds it (RFC 9293 §3.9.1).
#pragma once

#include <coroutine>
#include <expected>
#include <memory>
#include <system_error>
#include <utility>

#include "stack/sockets/scheduler.hpp"
#include "stack/sockets/stream.hpp"
#include "stack/stack.hpp"

namespace handwave {

/// What Sockets and the accept under way know about one listener.
struct ListenerState {
  ListenerState(Sockets& in_sockets, ListenerId names, const Endpoint& listens_at)
      : sockets(&in_sockets), id(names), local(listens_at) {}

  Sockets* sockets;  ///< null once the Sockets are gone
  ListenerId id;
  Endpoint local;
  Wait* acceptor = nullptr;
  bool stopped = false;  ///< closed by Sockets::stop
};

/// Move-only. Destroying it is CLOSE in the LISTEN state. Its Sockets must outlive it.
class Listener {
 public:
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  class Accept;
  /// The next established connection. Error: `operation_canceled` after Sockets::stop, so that an accept loop ends.
  Accept accept();
  [[nodiscard]] const Endpoint& local() const { return state_->local; }

 private:
  friend Sockets;
  explicit Listener(std::unique_ptr<ListenerState> state) : state_(std::move(state)) {}
  void close();

  std::unique_ptr<ListenerState> state_;
};

/// Awaits a connection: gives Result<Stream>.
class [[nodiscard]] Listener::Accept {
 public:
  Accept(ListenerState& state, Scheduler& scheduler);
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine) { wait_.suspend(coroutine, std::nullopt, &state_.acceptor); }
  Stack::Result<Stream> await_resume();

 private:
  static bool attempt(void* self);

  ListenerState& state_;
  Stack::Result<Stream> result_;
  Wait wait_;
};

}  // namespace handwave
