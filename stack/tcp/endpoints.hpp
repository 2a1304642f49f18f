// All of TCP on one host: which segment belongs to which connection, and what belongs to none: RFC 9293 §3.10.7.1
// (CLOSED).
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <system_error>

#include "stack/error.hpp"
#include "stack/event.hpp"
#include "stack/random.hpp"
#include "stack/tcp/connection.hpp"
#include "stack/tcp/context.hpp"
#include "stack/tcp/deadlines.hpp"
#include "stack/tcp/ephemeral_port.hpp"
#include "stack/tcp/flow_table.hpp"
#include "stack/tcp/isn.hpp"
#include "stack/tcp/listener.hpp"
#include "stack/tcp/syn_cache.hpp"
#include "stack/tcp/syn_cookie.hpp"
#include "stack/tcp/time_wait.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {

/// Owns connections, half-open ones, TIME-WAIT entries and listeners, and what they share: timers, events, the order in
/// which they send. A value; the Internet layer below it is not known here: Stack joins the two.
class Endpoints {
 public:
  template <class T>
  using Result = std::expected<T, std::error_code>;

  Endpoints(const StackConfig& config, Random& random);

  // ---- Arrivals ----

  /// A segment with a right checksum, to one of our addresses from a valid one. `path_mtu` is that to its sender.
  void segment_arrives(Instant now, Segment seg, std::uint16_t path_mtu, Counters& counters);
  void handle_timeout(Instant now, Counters& counters);
  /// RFC 5927 §4.1: true if the sequence number quoted by an ICMP error is in flight on that connection, so that it
  /// may be believed. Counts the ones that may not.
  bool believes_icmp(const FourTuple& sockets, Seq seq, Counters& counters);
  void icmp_error_arrives(Instant now, const FourTuple& sockets, std::error_code error, bool hard, Counters& counters);
  void path_mtu_changed(Instant now, const FourTuple& sockets, std::uint16_t path_mtu);

  // ---- User calls: see Stack, which has checked the addresses ----

  Result<ListenerId> listen(const Endpoint& local, const ListenOptions& options) {
    return listeners_.open(local, options);
  }
  Result<ConnectionId> accept(ListenerId id);
  void close(Instant now, ListenerId id, Counters& counters);
  Result<ConnectionId> connect(Instant now, FourTuple sockets, const OpenOptions& options, std::uint16_t path_mtu,
                               Counters& counters);
  /// Does `call` on the connection and draws the consequences; connection_does_not_exist if there is none.
  template <class Call>
  auto on(Instant now, ConnectionId id, Counters& counters, Call call)
      -> decltype(call(std::declval<Connection&>(), std::declval<Context&>())) {
    Connection* connection = find(id);
    if (connection == nullptr) return std::unexpected(make_error_code(TcpError::connection_does_not_exist));
    Context context{config_, counters, replies_, buffers_};
    auto result = call(*connection, context);
    settle(now, id.index, counters);
    return result;
  }
  void abort(Instant now, ConnectionId id, Counters& counters);
  [[nodiscard]] Connection* find(ConnectionId id);
  [[nodiscard]] const Connection* find(ConnectionId id) const { return const_cast<Endpoints*>(this)->find(id); }

  // ---- Polls ----

  /// The next segment to send, its text added to `packet`; false if there is none.
  bool poll_transmit(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Counters& counters);
  [[nodiscard]] std::optional<Instant> poll_timeout() const;
  std::optional<Event> poll_event(Counters& counters);

  // ---- Getters ----

  [[nodiscard]] State state_of(const FourTuple& sockets) const;
  [[nodiscard]] Population population() const;

 private:
  struct Slot {
    std::uint32_t generation = 1;
    std::optional<Connection> connection;
    bool reachable = false;        ///< flows_ has it
    bool event_queued = false;     ///< events_ has it
    bool output_queued = false;    ///< outputs_ has it
    std::optional<Instant> timer;  ///< what timers_ has for it: perhaps too early, never too late
  };

  // listen_state.cpp: §3.10.7.2, and §3.10.7.4 for the SYN-RECEIVED of a passive OPEN
  void arrives_in_listen(Instant now, Segment& seg, Listener& listener, std::uint16_t path_mtu, Counters& counters);
  bool begin_handshake(Instant now, const Segment& seg, const Listener& listener, Seq iss, Counters& counters);
  [[nodiscard]] bool may_follow_a_cookie(Instant now, const Segment& seg) const;
  void send_cookie(Instant now, const Segment& seg, const Listener& listener, Counters& counters);
  void arrives_half_open(Instant now, Segment& seg, HalfOpen& half_open, std::uint16_t path_mtu, Counters& counters);
  void complete_handshake(Instant now, Segment& seg, const HalfOpen& half_open, Listener& listener,
                          std::uint16_t path_mtu, Counters& counters);
  [[nodiscard]] OutgoingSegment syn_ack_of(Instant now, const HalfOpen& half_open,
                                           const ConnectionOptions& options) const;
  void send_syn_ack_again(Instant now, HalfOpen& half_open, Counters& counters);
  void acknowledge(Instant now, const HalfOpen& half_open, Counters& counters);
  void half_open_timeout(Instant now, HalfOpen& half_open, Counters& counters);
  void half_open_closed(const HalfOpen& half_open, Counters& counters);
  // time_wait_arrives.cpp: §3.10.7.4 for TIME-WAIT
  void arrives_in_time_wait(Instant now, const Segment& seg, TimeWaitEntry& entry, Counters& counters);
  void enter_time_wait(Instant now, const Connection& connection, Counters& counters);
  void acknowledge(Instant now, const TimeWaitEntry& entry, Counters& counters);

  Result<ConnectionId> add(const Connection& connection, Counters& counters);
  void release(std::uint32_t index);
  void settle(Instant now, std::uint32_t index, Counters& counters);
  void set_timer(std::uint32_t index);
  void queue_event(std::uint32_t index);
  [[nodiscard]] bool in_use(const FourTuple& sockets) const;
  [[nodiscard]] Connection::Opening opening(Instant now, const FourTuple& sockets, const ConnectionOptions& options,
                                            std::uint16_t path_mtu) const;

  StackConfig config_;
  InitialSequenceNumbers isns_;
  TimestampClock timestamps_;
  SipKey port_key_;
  EphemeralPorts ports_;
  Listeners listeners_;
  FlowTable<std::uint32_t> flows_;  ///< to the slot of each connection that is not gone
  SynCache half_open_;
  TimeWaitTable time_wait_;
  SynCookies cookies_;
  ChallengeAckLimit half_open_challenges_;
  std::deque<Slot> slots_;
  std::vector<std::uint32_t> free_;
  Deadlines timers_;                   ///< by slot
  std::deque<std::uint32_t> outputs_;  ///< slots that may have something to send, in turn
  std::deque<Event> events_;           ///< what they name; what happened is in the connection
  Replies replies_;
  BufferBudget buffers_;
};

}  // namespace handwave::tcp
