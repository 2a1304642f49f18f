// One Stack in virtual time, with its user: what RFC 9293 §3.9.1 calls, and what it tells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "stack/stack.hpp"
#include "tests/support/oracle_packet.hpp"
#include "tests/support/transcript.hpp"

namespace handwave::test {

inline const Endpoint host_endpoint_v4{IpAddress::v4(192, 0, 2, 2), 80};
inline const Endpoint peer_endpoint_v4{IpAddress::v4(192, 0, 2, 1), 50'000};
Endpoint host_endpoint_v6();  ///< [2001:db8::2]:80
Endpoint peer_endpoint_v6();  ///< [2001:db8::1]:50000

/// A host at 192.0.2.2/24 and 2001:db8::2/64.
StackConfig default_config();

/// Every call of the user's, every arrival and every step of time is a whole turn: what the stack has to send is sent,
/// and waits in `answers` and `others`; what it has to tell waits in `events`.
class Host {
 public:
  template <class T>
  using Result = Stack::Result<T>;

  Host(const StackConfig& config, const Secret& secret, Instant start);

  [[nodiscard]] Stack& stack() { return stack_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] Transcript& transcript() { return transcript_; }

  // ---- Time ----

  /// Lets time pass; whatever is due on the way happens when it is due.
  void tick(Duration duration);
  /// Lets time pass up to the stack's next deadline, and tells how long that was; nothing if no timer runs.
  std::optional<Duration> tick_to_deadline();

  // ---- The user's calls. They concern `connection()`, the one that was accepted or opened last. ----

  Result<ListenerId> listens(const Endpoint& local = host_endpoint_v4, const ListenOptions& options = {});
  Result<ConnectionId> connects(const Endpoint& remote = peer_endpoint_v4, const OpenOptions& options = {});
  Result<ConnectionId> accepts();
  Result<std::size_t> sends(std::string_view text);
  /// So many octets of the test pattern, going on where the last call ended.
  Result<std::size_t> sends_octets(std::size_t count);
  Result<std::size_t> sends_urgent(std::string_view text);
  /// All that there is, up to `max` octets; would_block if there is nothing, empty at the end of the stream.
  Result<std::string> receives(std::size_t max = SIZE_MAX);
  Result<void> closes(CloseKind kind = CloseKind::sending);
  void closes_listener();
  void aborts();
  Result<void> sets_options(const ConnectionOptions& options);
  [[nodiscard]] Status status();  ///< fails the test if there is no connection
  [[nodiscard]] ConnectionId connection() const { return connection_; }
  [[nodiscard]] ListenerId listener() const { return listener_; }
  /// Of the pair of sockets that `peer_is` named.
  [[nodiscard]] tcp::State state() const { return stack_.state_of(sockets_); }
  void peer_is(const FourTuple& sockets) { sockets_ = sockets; }
  [[nodiscard]] const FourTuple& sockets() const { return sockets_; }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return stack_.counters()[counter]; }

  // ---- What it tells ----

  /// Fails the test unless there was such an event since it was last asked for; `expects_event(&Event::readable)`.
  void expects_event(bool Event::* what);
  void expects_no_event(bool Event::* what);
  /// The connection is gone, with this error; the default error is none, a normal close.
  void expects_closed(std::error_code error = {});
  /// A soft error was told.
  void expects_notice(std::error_code notice);
  void forgets_events() { events_.clear(); }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  // ---- The network's side ----

  void arrives(Bytes packet);
  /// Several packets in one turn, before the stack may answer.
  void arrives_together(const std::vector<std::vector<std::uint8_t>>& packets);
  /// Runs a turn by hand, after calls on stack() itself.
  void turn();
  [[nodiscard]] std::deque<TcpPacket>& answers() { return answers_; }
  [[nodiscard]] std::deque<OtherPacket>& others() { return others_; }
  /// The whole packet as it stood on the wire, by its line in the transcript (TcpPacket::number).
  [[nodiscard]] Bytes octets_of(const TcpPacket& packet) const;
  /// The transcript tells numbers of segments to `peer` relative to these.
  void numbers_begin(const Endpoint& peer, Seq ours, Seq the_peers) { initial_[peer] = {ours, the_peers}; }

 private:
  void transmit();
  void take(Bytes packet);
  void record(const Event& event);
  template <class T>
  Result<T> call(std::string what, Result<T> result);

  Transcript transcript_;
  Stack stack_;
  Instant now_;
  FourTuple sockets_{host_endpoint_v4, peer_endpoint_v4};
  ListenerId listener_;
  ConnectionId connection_;
  std::uint64_t pattern_sent_ = 0;
  std::map<Endpoint, std::pair<Seq, Seq>> initial_;
  std::deque<TcpPacket> answers_;
  std::deque<OtherPacket> others_;
  std::deque<std::pair<std::uint32_t, std::vector<std::uint8_t>>> recent_;
  std::vector<Event> events_;
};

}  // namespace handwave::test
