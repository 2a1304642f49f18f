// A conversation brought to each of the states of RFC 9293 §3.3.2, as the start of a test.
//
//   Conversation c = in_established({.open = Open::active});
//   c.peer.sends(fin());
//   c.peer.expects(ack().ack(2));
//   CHECK(c.host.state() == tcp::State::close_wait);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stack/stack.hpp"
#include "tests/support/host.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/segment.hpp"

namespace handwave::test {

enum class Open : std::uint8_t { passive, active };

/// What a test may choose. The initial sequence numbers' defaults lie so that few octets later both directions pass
/// 2^31 (ours) and 2^32 (the peer's).
struct Setup {
  Open open = Open::passive;
  IpAddress::Family family = IpAddress::Family::v4;
  /// The host's ISN: the conversation begins at the time at which the generator gives it. None: whatever comes.
  std::optional<Seq> host_isn = Seq{0x7fff'fff0};
  Seq peer_isn{0xffff'fff0};
  StackConfig config = default_config();
  /// Without pacing, so that a script sees at once what a window lets out; pacing has scripts of its own.
  ConnectionOptions connection{.send_buffer = std::size_t{1} << 20,
                               .receive_buffer = std::size_t{1} << 20,
                               .congestion_avoidance = CongestionAvoidance::new_reno,
                               .pacing = false};
  std::optional<Duration> connect_timeout = std::chrono::minutes{3};
  std::size_t backlog = 1024;
  std::uint16_t peer_wnd = 65535;
  std::optional<std::uint16_t> peer_mss = 1460;
  std::optional<std::uint8_t> peer_window_scale{};
  bool peer_sack = false;
  bool peer_timestamps = false;
  bool peer_ecn = false;  ///< it asks for ECN, or agrees to it
  std::uint64_t seed = 1;

  /// The peer's SYN or SYN,ACK with the options above: `with_options(syn())`.
  [[nodiscard]] Segment with_options(const Segment& segment) const;
};

/// A host, its one peer, and how they were set up.
class Conversation {
 public:
  explicit Conversation(const Setup& setup);

 private:
  std::unique_ptr<Host> owned_host_;

 public:
  Host& host;
  ScriptedPeer peer;
  Setup setup;
};

/// Pairs of initial sequence numbers, ours and the peer's, that every test may run over with GENERATE(from_range(...)):
/// plain ones, and ones a few octets before 2^31 and 2^32.
struct InitialNumbers {
  Seq host;
  Seq peer;
};
std::vector<InitialNumbers> initial_numbers();

// Each brings a conversation to the state, consumes the segments on the way, forgets the events on the way, and checks
// with STATUS that it got there. The state is reached as an application would: nothing but calls and segments.
Conversation in_closed(const Setup& setup = {});        ///< no listener, no connection
Conversation in_listen(const Setup& setup = {});        ///< a passive OPEN at the host's address and port
Conversation in_syn_sent(const Setup& setup = {});      ///< always an active OPEN
Conversation in_syn_received(const Setup& setup = {});  ///< Open::active: by a simultaneous open
Conversation in_established(const Setup& setup = {});
Conversation in_fin_wait_1(const Setup& setup = {});  ///< our FIN is sent, SEG.SEQ=1, not acknowledged
Conversation in_fin_wait_2(const Setup& setup = {});
Conversation in_close_wait(const Setup& setup = {});  ///< the peer's FIN, SEG.SEQ=1, is acknowledged
Conversation in_closing(const Setup& setup = {});     ///< both FINs sent, ours not acknowledged
Conversation in_last_ack(const Setup& setup = {});
Conversation in_time_wait(const Setup& setup = {});  ///< reached through FIN-WAIT-2
/// Any of the above, by its state.
Conversation in_state(tcp::State state, const Setup& setup = {});

}  // namespace handwave::test
