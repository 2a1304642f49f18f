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
#include "stack/packet.hpp"
#include "stack/random.hpp"
#include "stack/slice.hpp"
#include "stack/tcp/state.hpp"
#include "stack/time.hpp"

namespace handwave {

/// Names a connection for as long as it lives; a name is never used again, so a stale one is recognised.
struct ConnectionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< 0 names nothing
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// Names a listener, likewise.
struct ListenerId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const ListenerId&, const ListenerId&) = default;
};

/// What happened to one connection or listener since its last event. Several things may have happened at once.
struct Event {
  ListenerId listener;      ///< set if `acceptable`
  ConnectionId connection;  ///< set otherwise

  bool acceptable = false;        ///< accept() has a connection
  bool established = false;       ///< an active OPEN succeeded
  bool readable = false;          ///< receive() has octets
  bool writable = false;          ///< send() has room again after it said would_block or took less than it was given
  bool peer_closed = false;       ///< "connection closing": the peer's FIN, after the last octet (MUST-12)
  bool urgent = false;            ///< MUST-32: urgent data begins, or its end moved ahead
  bool all_acknowledged = false;  ///< after CLOSE: the peer has acknowledged everything, our FIN too
  std::error_code notice;         ///< MUST-47: a soft error (ICMP, or R1 reached); the connection goes on
  bool closed = false;            ///< the connection is gone, and with this event its name
  std::error_code error;          ///< why it is gone; none after a normal close
};

/// What the STATUS call tells (RFC 9293 §3.10.6).
struct Status {
  FourTuple sockets;
  tcp::State state = tcp::State::closed;
  std::uint32_t receive_window = 0;         ///< RCV.WND
  std::uint32_t send_window = 0;            ///< SND.WND
  std::size_t awaiting_acknowledgment = 0;  ///< octets sent or waiting to be sent, not acknowledged
  std::size_t pending_receipt = 0;          ///< octets received and not yet read
  std::size_t urgent_pending = 0;           ///< MUST-33: urgent octets not yet read
  std::uint32_t congestion_window = 0;      ///< cwnd, octets
  std::uint32_t slow_start_threshold = 0;   ///< ssthresh, octets
  std::optional<Duration> smoothed_rtt;     ///< SRTT
  Duration retransmission_timeout{};        ///< RTO
  std::uint16_t effective_mss = 0;          ///< Eff.snd.MSS, octets of text a segment
};

/// What CLOSE gives up.
enum class CloseKind : std::uint8_t {
  sending,  ///< the RFC's CLOSE: "I have no more to send"; receive() goes on until the peer closes too
  both,     ///< MAY-1, half-duplex: nothing will be read either; unread or new data answers with RST (SHLD-3)
};

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
  /// foreign_endpoint_unspecified, invalid_remote_address, address_not_available, connection_already_exists,
  /// no_free_port, insufficient_resources.
  Result<ConnectionId> connect(Instant now, const Endpoint& remote, const OpenOptions& options = {});
  /// SEND: queues up to `octets.size()` octets, and says how many; would_block if there is no room for any. With `push`
  /// (MAY-15) a short last segment is marked PSH, without it too as soon as nothing more is queued (MUST-61).
  /// Errors: connection_does_not_exist, connection_closing after CLOSE. Allowed before the connection is established.
  Result<std::size_t> send(Instant now, ConnectionId connection, Bytes octets);
  /// SEND without a copy: the slice is queued whole as soon as there is any room at all, else would_block.
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
  /// How many connections there are: with a ConnectionId, half-open, in TIME-WAIT.
  struct Population {
    std::size_t connections = 0;
    std::size_t half_open = 0;
    std::size_t time_wait = 0;
  };
  [[nodiscard]] Population population() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace handwave
