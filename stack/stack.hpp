// The public face: a TCP/IP host as a value. Bytes, commands and the time go in; bytes, events and a deadline come out.
//
// Drive it in this order, once a turn: hand in every packet that has arrived (receive), let the time pass
// (handle_timeout), take the events, then write out every packet that poll_transmit gives, and sleep until the device
// has more or poll_timeout() is reached. Input before output is what aggregates ACKs (RFC 9293 MUST-58, MUST-59).
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <system_error>

#include "stack/address.hpp"
#include "stack/config.hpp"
#include "stack/counters.hpp"
#include "stack/error.hpp"
#include "stack/event.hpp"
#include "stack/packet.hpp"
#include "stack/random.hpp"
#include "stack/slice.hpp"
#include "stack/tcp/state.hpp"
#include "stack/time.hpp"

namespace handwave {

class Stack {
 public:
  template <class T>
  using Result = std::expected<T, std::error_code>;

  /// A host with the addresses of `config`. All its unpredictable numbers come from `secret`.
  Stack(const StackConfig& config, const Secret& secret);
  /// A copy is a second world that goes on from the same moment by itself; it shares payload, which never changes.
  Stack(const Stack& other);
  Stack& operator=(const Stack& other);
  Stack(Stack&&) noexcept;
  Stack& operator=(Stack&&) noexcept;
  ~Stack();

  // ---- Arrivals ----

  /// A packet from the network. Whatever its bytes are, it is processed or it is dropped and counted.
  void receive(Instant now, IncomingPacket packet);
  /// The same for bytes that are nobody's slice yet; copies them.
  void receive(Instant now, Bytes packet);
  /// Lets time pass: everything that was due by `now` happens. Calling it early does no harm.
  void handle_timeout(Instant now);

  // ---- Commands: the user calls of RFC 9293 §3.9.1 and §3.10.1-6 ----

  /// OPEN, passive. An unspecified address listens on all of the family's (0.0.0.0 or ::). Errors: address_in_use,
  /// address_not_available, insufficient_resources.
  Result<ListenerId> listen(const Endpoint& local, const ListenOptions& options = {});
  /// The next established connection of the listener; would_block if there is none.
  Result<ConnectionId> accept(ListenerId listener);
  /// CLOSE in the LISTEN state. Handshakes under way and connections not accepted yet are reset.
  void close(Instant now, ListenerId listener);
  /// OPEN, active. Sends the SYN with the next poll_transmit; the event `established` or `closed` follows. Errors:
  /// foreign_endpoint_unspecified, invalid_remote_address (a gateway's of the source route, too),
  /// address_not_available, connection_already_exists, no_free_port, insufficient_resources.
  Result<ConnectionId> connect(Instant now, const Endpoint& remote, const OpenOptions& options = {});
  /// SEND: queues up to `octets.size()` octets, and says how many; would_block if there is no room for any. There is
  /// no PUSH flag: nothing is held back (MUST-60), and the last octet queued is marked PSH (MUST-61). Errors:
  /// connection_does_not_exist, connection_closing after CLOSE. Allowed before the connection is established.
  Result<std::size_t> send(Instant now, ConnectionId connection, Bytes octets);
  /// SEND without a copy: the slice is queued whole, up to 1 GiB in all, if there is any room at all, else would_block.
  Result<std::size_t> send(Instant now, ConnectionId connection, Slice octets);
  /// SEND with the URGENT flag (MUST-30): the octets, and all queued before them, are urgent.
  Result<std::size_t> send_urgent(Instant now, ConnectionId connection, Bytes octets);
  /// RECEIVE: up to `max` octets in order, without a copy; perhaps fewer than there are (ask again). An empty slice
  /// means that the peer has closed and everything was read. Errors: would_block, connection_does_not_exist.
  Result<Slice> receive(Instant now, ConnectionId connection, std::size_t max = SIZE_MAX);
  /// CLOSE. Errors: connection_closing if it was closed already, connection_does_not_exist.
  Result<void> close(Instant now, ConnectionId connection, CloseKind kind = CloseKind::sending);
  /// ABORT: the peer gets a RST, everything queued is gone, and the name with it: no event follows.
  void abort(Instant now, ConnectionId connection);
  /// STATUS. Error: connection_does_not_exist.
  [[nodiscard]] Result<Status> status(ConnectionId connection) const;
  [[nodiscard]] Result<ConnectionOptions> options(ConnectionId connection) const;
  /// Sets everything but the sizes of buffers, which stay as they were at OPEN.
  Result<void> set_options(Instant now, ConnectionId connection, const ConnectionOptions& options);

  // ---- Polls ----

  /// The next packet to write, or null if there is none. It is valid until the next call that changes the stack.
  const OutgoingPacket* poll_transmit(Instant now);
  /// When handle_timeout wants to be called, at the latest; nothing if no timer runs. It may be early, never late.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;
  /// What happened, oldest first; nothing if nothing did.
  std::optional<Event> poll_event();

  // ---- Getters ----

  [[nodiscard]] const Counters& counters() const;
  [[nodiscard]] const StackConfig& config() const;
  /// The state of a pair of sockets: half-open and TIME-WAIT ones too, which have no ConnectionId. LISTEN if there is
  /// only a listener for it, CLOSED if there is nothing.
  [[nodiscard]] tcp::State state_of(const FourTuple& sockets) const;
  [[nodiscard]] Population population() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace handwave
