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

#include "tests/sim/invariants.hpp"
#include "tests/sim/ladder.hpp"
#include "tests/sim/node.hpp"
#include "tests/sim/path.hpp"
#include "tests/sim/violation.hpp"

namespace handwave::sim {

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
  [[nodiscard]] std::optional<Instant> next_instant() const;

  // world_traffic.cpp: what moves packets.
  void deliver_what_is_due();
  void deliver(Node& to, const PacketOnPath& packet);
  void deliver(Node& to, WholePacket whole);
  void note_arrival(Node& to, const test::TcpPacket& segment);
  void turn(Node& node);
  bool transmit(Node& node);
  Path* route(const Node& from, Bytes packet);
  void refuse_as_too_big(Path& path, Bytes packet);

  // world_checks.cpp: the invariants of a packet that is about to leave, and of a host whose turn is over.
  void watch(Node& from, Bytes packet);
  void check_after_turn(Node& node);

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
