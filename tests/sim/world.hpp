// Several hosts, the paths between them, and a time that jumps to whatever happens next. One seed decides everything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stack/stack.hpp"
#include "tests/sim/flow.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/ladder.hpp"
#include "tests/sim/violation.hpp"
#include "tun/application.hpp"
#include "tun/impaired_path.hpp"

namespace handwave::sim {

class World;

/// A stack and what runs on it. Its clock is the world's and an offset of its own.
class Node {
 public:
  Node(World& world, std::string name, const StackConfig& config, const Secret& secret, Duration clock_offset);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Stack& stack() { return stack_; }
  /// The time on its own clock.
  [[nodiscard]] Instant now() const;
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] IpAddress v4() const { return stack_.config().addresses[0].address; }
  [[nodiscard]] IpAddress v6() const { return stack_.config().addresses[1].address; }
  /// What takes the events; it lives with the node.
  template <class App, class... Arguments>
  App& run(Arguments&&... arguments) {
    auto app = std::make_unique<App>(std::forward<Arguments>(arguments)...);
    App& reference = *app;
    application_ = std::move(app);
    return reference;
  }
  /// From now on it neither sends nor receives: pulled out of the wall.
  void vanish() { vanished_ = true; }
  /// More to check after each turn.
  void check_with(std::function<void()> check) { check_ = std::move(check); }
  [[nodiscard]] const std::map<FourTuple, Flow>& flows() const { return flows_; }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return stack_.counters()[counter]; }

 private:
  friend World;

  World& world_;
  std::string name_;
  Stack stack_;
  Duration clock_offset_;
  std::unique_ptr<Application> application_;
  std::function<void()> check_;
  bool vanished_ = false;
  std::map<FourTuple, Flow> flows_;  ///< by the sockets as this node sees them
  std::vector<FourTuple> touched_;   ///< in this turn
};

/// How packets of a direction travel.
struct PathOptions {
  Impairment impairment;
  std::size_t mtu = 65535;  ///< of a router in the middle, which answers larger packets with an ICMP error
  /// Super-segments travel whole, and nothing happens to them but the delay: what two devices with offload see.
  bool super_segments = false;
  /// What else it loses, beside the impairment: bursts, the tail of a flight, a retransmission.
  std::function<bool(const test::TcpPacket&)> loses;
  /// Nothing comes through before this time, and everything that was to, then: a cell is changed, a lift rides.
  Instant stalled_until{};
};

/// A packet that travels as the sender handed it to its device, and what the wire would have seen of it.
struct WholePacket {
  IncomingPacket packet;
  std::vector<test::TcpPacket> segments;
};

/// A direction.
struct Path {
  Node* from;
  Node* to;
  PathOptions options;
  ImpairedPath impaired;
  std::multimap<Instant, WholePacket> whole;  ///< of super_segments
};

class World {
 public:
  /// Where the world's clock begins.
  static constexpr Instant beginning{std::chrono::hours{24}};

  explicit World(std::uint64_t seed);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- Building it ----

  /// A host at 192.0.2.N/24 and 2001:db8::N/64, the N-th, with the rest of `config`.
  Node& add(std::string name, const StackConfig& config = {}, Duration clock_offset = {});
  /// A path each way, with impairments as people write them ("loss=5%,delay=20ms"; "in" is towards `a`).
  void join(Node& a, Node& b, std::string_view impairments = "delay=5ms", bool super_segments = false);
  Path& path(const Node& from, const Node& to);

  // ---- Running it ----

  /// To the next arrival or deadline; false if nothing will ever happen.
  bool step();
  /// Until `done` holds, or the time is over, or nothing happens any more; says whether it holds.
  bool run_until(const std::function<bool()>& done, Duration limit);
  void run_for(Duration duration);
  /// After user calls from outside: lets what they caused leave.
  void settle();

  // ---- Looking at it ----

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] Ladder& ladder() { return ladder_; }
  /// Throws a Violation with everything that helps.
  [[noreturn]] void fail(const std::string& what) const;
  /// Sees every packet that a node sends, when it sends it.
  void observe(std::function<void(Node&, const test::TcpPacket&)> observer) { observer_ = std::move(observer); }

 private:
  [[nodiscard]] std::optional<Instant> next_instant();
  void deliver_what_is_due();
  void deliver(Node& to, const PacketOnPath& packet);
  void deliver(Node& to, WholePacket whole);
  void note_arrival(Node& to, const test::TcpPacket& segment);
  void turn(Node& node);
  static bool pass_events(Node& node, Instant now);
  bool transmit(Node& node);
  void send(Node& from, Bytes packet);
  static void send_whole(Path& path, Instant now, const OutgoingPacket& packet);
  void refuse_as_too_big(Path& path, Bytes packet);
  /// The invariants of a packet that is about to leave.
  void watch(Node& from, Bytes packet);
  void check_after_turn(Node& node);
  Flow& touch(Node& node, const FourTuple& sockets);
  Path* route(Node& from, Bytes packet);

  std::uint64_t seed_;
  Random random_;
  Instant now_ = beginning;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Path>> paths_;
  std::multimap<Instant, std::pair<Node*, std::vector<std::uint8_t>>> icmp_;
  Ladder ladder_;
  std::uint64_t packets_ = 0;
  unsigned turns_at_once_ = 0;
  std::function<void(Node&, const test::TcpPacket&)> observer_;
};

/// The `count` seeds of a test, from `first` on: times HANDWAVE_SIM_SEEDS, if that is set; HANDWAVE_SIM_SEED alone.
/// (HANDWAVE_SIM_LADDER is how many lines a failure shows.)
std::vector<std::uint64_t> seeds(std::size_t count, std::uint64_t first = 1);

}  // namespace handwave::sim
