// Sockets: coroutines over the public face, so that an application reads from top to bottom. As pure as the rest: no
// system call, no clock, no thread.
//
//   Task<void> echo(Stream stream) {
//     while (true) {
//       auto octets = co_await stream.read();
//       if (!octets || octets->empty()) co_return;
//       auto written = co_await stream.write(*std::move(octets));
//       if (!written) co_return;
//     }
//   }
//
// Whoever drives the stack hands every event to `handle`, and once a turn the time to `handle_timeout`, and sleeps no
// longer than both poll_timeout() say.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <vector>

#include "stack/sockets/listener.hpp"
#include "stack/sockets/scheduler.hpp"
#include "stack/sockets/stream.hpp"
#include "stack/sockets/task.hpp"
#include "stack/stack.hpp"

namespace handwave {

class Semaphore;

class Sockets {
 public:
  template <class T>
  using Result = Stack::Result<T>;

  /// Over `stack`, which must outlive this. `now` is what now() says until the first event or timeout.
  explicit Sockets(Stack& stack, Instant now = {}) : stack_(stack), scheduler_(now) {}
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  /// end_tasks().
  ~Sockets();

  // ---- For applications ----

  /// Runs `task` until it first waits, and owns it until it is done.
  void start(Task<void> task);
  /// OPEN, passive. Errors as Stack::listen, and `operation_canceled` after stop.
  Result<Listener> listen(const Endpoint& local, const ListenOptions& options = {});
  class Connect;
  /// OPEN, active: gives Result<Stream> when it is established or has failed. Errors as Stack::connect, and why the
  /// connection could not be established. Giving up the wait gives up the connection.
  Connect connect(const Endpoint& remote, const OpenOptions& options = {});
  class Sleep;
  Sleep sleep_until(Instant wake_up);
  Sleep sleep_for(Duration duration);
  [[nodiscard]] Instant now() const { return scheduler_.now(); }
  /// Set by stop: loops that wait for more work look at it.
  [[nodiscard]] bool stopping() const { return stopping_; }

  // ---- For whoever drives ----

  /// What Stack::poll_event gave. Runs whatever can go on by it.
  void handle(Instant now, const Event& event);
  /// Lets time pass for deadlines and sleeps, and runs whatever can go on.
  void handle_timeout(Instant now);
  /// When handle_timeout wants to be called; nothing if nobody waits for the time.
  [[nodiscard]] std::optional<Instant> poll_timeout() const { return scheduler_.next(); }
  /// The end begins: closes the listeners, ends accept() and read_idle() with `operation_canceled`, and leaves
  /// everything else to finish by itself.
  void stop();
  /// ABORT of every connection: of those that tasks hold, whose operations end with `connection_aborted`, and of those
  /// whose Stream is gone and whose last octets are still under way.
  void abort_all();
  /// Ends every task where it waits, and so closes what they hold: before what they refer to goes.
  void end_tasks();
  /// How many started tasks are not done.
  [[nodiscard]] std::size_t tasks() const { return task_count_; }

 private:
  friend Stream;
  friend Listener;
  friend Listener::Accept;
  friend Semaphore;
  struct Root;

  /// What stands at one index of the stack's connections.
  struct Slot {
    StreamState* state = nullptr;
    ConnectionId lingering;  ///< closed by its Stream, not yet by the stack
  };

  Stream adopt(ConnectionId connection);
  Result<Stream> accept_now(ListenerId listener);
  void linger(const StreamState& state);
  void forget(const StreamState& state);
  void forget(const ListenerState& state);
  void handle_stream(StreamState& state, const Event& event);
  StreamState* find(ConnectionId connection) const;
  ListenerState* find(ListenerId listener) const;

  Stack& stack_;
  Scheduler scheduler_;
  std::vector<Slot> streams_;              ///< by ConnectionId::index
  std::vector<ListenerState*> listeners_;  ///< by ListenerId::index
  Root* first_root_ = nullptr;             ///< the started tasks, a doubly linked list through their frames
  std::size_t task_count_ = 0;
  bool stopping_ = false;
};

/// Awaits an active OPEN: gives Result<Stream>.
class [[nodiscard]] Sockets::Connect {
 public:
  Connect(Sockets& sockets, const Endpoint& remote, const OpenOptions& options);
  [[nodiscard]] bool await_ready() const { return !stream_.has_value(); }
  void await_suspend(std::coroutine_handle<> coroutine);
  Result<Stream> await_resume();

 private:
  static bool attempt(void* self);

  Result<Stream> stream_;
  Wait wait_;
};

/// Awaits an instant: gives nothing.
class [[nodiscard]] Sockets::Sleep {
 public:
  Sleep(Scheduler& scheduler, Instant wake_up);
  [[nodiscard]] bool await_ready() const { return wake_up_ <= scheduler_.now(); }
  void await_suspend(std::coroutine_handle<> coroutine) { wait_.suspend(coroutine, wake_up_, nullptr); }
  void await_resume() const {}

 private:
  Scheduler& scheduler_;
  Instant wake_up_;
  Wait wait_;
};

}  // namespace handwave
