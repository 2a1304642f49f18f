// A stack and the reference model, taken through the same world step by step. After every step the rules of the oracle
// are asked; the first that is broken is thrown, with the history that led to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/oracle/rules.hpp"

namespace handwave::oracle {

/// A rule was broken: what() says which, and how it came to that.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Each call is one step: the stack is given it, and its output is drained before the next. The configuration must
/// leave room for all flows: where a limit is reached, the stack may do otherwise than the model, which has none.
class Lockstep {
 public:
  /// Two flows to a listener's port 80, over IPv4 and IPv6; two more between ports that nobody listens on. `recording`
  /// keeps the history.
  Lockstep(const StackConfig& config, const Secret& secret, Instant start, bool recording);

  static constexpr std::size_t flow_count = 4;
  [[nodiscard]] const Flow& flow(std::size_t index) const { return flows_[index]; }
  [[nodiscard]] Instant now() const { return now_; }
  /// A packet of this flow, from the peer, with nothing in it yet.
  [[nodiscard]] test::TcpPacket packet_of(std::size_t index) const;
  /// Text of the peer's, as it belongs into this packet.
  [[nodiscard]] std::string text_for(std::size_t index, const test::TcpPacket& packet, std::size_t count) const;

  // ---- The network ----

  void arrives(std::size_t index, const test::TcpPacket& packet);
  /// What an ICMP error says of a segment that it quotes.
  enum class Icmp : std::uint8_t { soft, hard, too_big };
  void icmp_arrives(std::size_t index, Icmp kind, std::uint16_t mtu, model::Number quoted);

  // ---- The user ----

  void listen(const ConnectionOptions& options);
  void close_listeners();
  void open(std::size_t index, const OpenOptions& options);
  void send(std::size_t index, std::size_t count, bool urgent);
  void receive(std::size_t index, std::size_t max);
  void close(std::size_t index, CloseKind kind);
  void abort(std::size_t index);
  void set_options(std::size_t index, const ConnectionOptions& options);

  // ---- The time ----

  /// As many deadlines as lie before its end, or `most`; the rest of the time then passes at once.
  void passes(Duration duration, unsigned most);
  void to_the_next_deadline();
  /// A day without a word from any peer: what waits for one has to end.
  void comes_to_its_end();

 private:
  void begin(Stimulus stimulus, std::optional<std::size_t> index);
  void end();
  void time_goes_on(Instant to);
  void accept();
  void hear_events();
  void transmit();
  void leaves(const test::TcpPacket& packet, const std::vector<std::uint8_t>& octets);
  void note_giving_up(std::size_t index);
  void note_answers(std::size_t index);
  void check(std::size_t index);
  void demand(std::size_t index, std::string_view rule, const Finding& finding) const;
  void record(std::string line);
  void forget_name(std::size_t index);

  Stack stack_;
  Instant now_;
  std::array<Flow, flow_count> flows_;
  std::array<Step, flow_count> steps_;
  std::vector<ListenerId> listeners_;
  ConnectionOptions listening_options_;
  bool recording_;
  std::vector<std::string> history_;
};

}  // namespace handwave::oracle
