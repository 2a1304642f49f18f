// Stream: one connection as an application holds it. The user calls of RFC 9293 §3.9.1, as things to await.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "stack/sockets/scheduler.hpp"
#include "stack/stack.hpp"

namespace handwave {

class Sockets;

/// What Sockets and the operations under way know about one connection. It stays where it is while its Stream moves.
struct StreamState {
  StreamState(Sockets& in_sockets, Stack& in_stack, Scheduler& in_scheduler, ConnectionId names)
      : sockets(&in_sockets), stack(&in_stack), scheduler(&in_scheduler), id(names) {}

  Sockets* sockets;  ///< null once the Sockets are gone
  Stack* stack;
  Scheduler* scheduler;
  ConnectionId id;
  FourTuple endpoints;
  Wait* reader = nullptr;  ///< one operation a direction may be under way
  Wait* writer = nullptr;
  bool reader_is_idle = false;
  bool established = false;
  bool all_acknowledged = false;
  bool shut_down = false;  ///< CLOSE was called
  bool closed = false;     ///< the stack has forgotten the name
  std::error_code error;   ///< why, if not for a normal close
  std::error_code notice;  ///< the last soft error (MUST-47)

  /// What a call of the stack's failed with; once the name is gone, why it is gone.
  [[nodiscard]] std::error_code reason(std::error_code from_stack) const {
    return closed && error ? error : from_stack;
  }
};

/// Move-only. Destroying it is CLOSE of both directions and never waits: what was written is still delivered, what the
/// peer still sends is answered with RST. Its Sockets must outlive it.
///
/// Every operation completes at once if it can, without pausing its coroutine. Each may be given a deadline, after
/// which it ends with `timed_out`. Two reads at once, or two writes, end with `operation_in_progress`.
class Stream {
 public:
  template <class T>
  using Result = Stack::Result<T>;

  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  class Read;
  class Write;
  class Flush;

  /// RECEIVE: up to `max` octets, as soon as there are any; an empty slice at the end of the stream.
  Read read(std::size_t max = SIZE_MAX, std::optional<Instant> deadline = {});
  /// The same between two exchanges, when there is nothing to lose: Sockets::stop ends it with `operation_canceled`.
  Read read_idle(std::size_t max = SIZE_MAX, std::optional<Instant> deadline = {});
  /// SEND: copies all of `octets`, which must stay as they are meanwhile, into the send buffer. After an error, how
  /// many were taken is unknown.
  Write write(Bytes octets, std::optional<Instant> deadline = {});
  /// SEND without a copy.
  Write write(Slice octets, std::optional<Instant> deadline = {});
  /// SEND with the URGENT flag (MUST-30); takes what there is room for, and says how many octets that was.
  Result<std::size_t> send_urgent(Bytes octets);
  /// CLOSE: "I have no more to send". Reading goes on. Error: `connection_closing` if it was called before.
  Result<void> shutdown();
  /// Completes when the peer has acknowledged everything that was written and our FIN. Error: `invalid_argument` before
  /// shutdown.
  Flush flushed(std::optional<Instant> deadline = {});
  /// ABORT: RST to the peer; operations under way end with `connection_aborted`.
  void abort();

  [[nodiscard]] Result<Status> status() const;
  [[nodiscard]] Result<ConnectionOptions> options() const;
  Result<void> set_options(const ConnectionOptions& options);
  [[nodiscard]] const Endpoint& local() const { return state_->endpoints.local; }
  [[nodiscard]] const Endpoint& peer() const { return state_->endpoints.remote; }
  /// The last soft error (MUST-47): ICMP, or R1 reached. The connection went on.
  [[nodiscard]] std::error_code notice() const { return state_->notice; }
  [[nodiscard]] ConnectionId id() const { return state_->id; }

 private:
  friend Sockets;
  explicit Stream(std::unique_ptr<StreamState> state) : state_(std::move(state)) {}
  void close_both();

  std::unique_ptr<StreamState> state_;
};

/// Awaits octets: gives Result<Slice>.
class [[nodiscard]] Stream::Read {
 public:
  Read(StreamState& state, std::size_t max, std::optional<Instant> deadline, bool idle);
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine);
  Result<Slice> await_resume();

 private:
  static bool attempt(void* self);

  StreamState& state_;
  std::size_t max_;
  std::optional<Instant> deadline_;
  bool idle_;
  Result<Slice> result_;
  Wait wait_;
};

/// Awaits room for octets: gives Result<void>.
class [[nodiscard]] Stream::Write {
 public:
  Write(StreamState& state, Bytes octets, std::optional<Instant> deadline);
  Write(StreamState& state, Slice octets, std::optional<Instant> deadline);
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine) { wait_.suspend(coroutine, deadline_, &state_.writer); }
  Result<void> await_resume();

 private:
  static bool attempt(void* self);
  Result<std::size_t> send_some();

  StreamState& state_;
  bool shared_;  ///< the octets are in `slice_`; else in `octets_`
  Bytes octets_;
  Slice slice_;
  std::optional<Instant> deadline_;
  Result<void> result_;
  Wait wait_;
};

/// Awaits the acknowledgment of everything: gives Result<void>.
class [[nodiscard]] Stream::Flush {
 public:
  Flush(StreamState& state, std::optional<Instant> deadline);
  bool await_ready();
  void await_suspend(std::coroutine_handle<> coroutine) { wait_.suspend(coroutine, deadline_, &state_.writer); }
  Result<void> await_resume();

 private:
  static bool attempt(void* self);

  StreamState& state_;
  std::optional<Instant> deadline_;
  Result<void> result_;
  Wait wait_;
};

}  // namespace handwave
