// A direction between two hosts of the simulator, and what stands on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "stack/packet.hpp"
#include "tests/sim/burst_loss.hpp"
#include "tests/sim/policer.hpp"
#include "tests/sim/red.hpp"
#include "tests/support/oracle_packet.hpp"
#include "tun/impaired_path.hpp"

namespace handwave::sim {

class Node;

/// How packets of a direction travel.
struct PathOptions {
  Impairment impairment;
  std::size_t mtu = 65535;  ///< of a router in the middle, which answers larger packets with an ICMP error,
  bool swallows = false;    ///< or drops them without a word: a black hole
  /// Super-segments travel whole, and nothing happens to them but the delay: what two devices with offload see.
  bool super_segments = false;
  /// What else it loses, beside the impairment: the tail of a flight, a retransmission.
  std::function<bool(const test::TcpPacket&)> loses;
  /// What it marks as having met congestion, whether the sender has said ECT or not.
  std::function<bool(const test::TcpPacket&)> marks;
  /// Nothing comes through before this time, and everything that was to, then: a cell is changed, a lift rides.
  Instant stalled_until{};
};

/// What became of packets before they came to the impairment, which has counters of its own.
struct RouterCounters {
  std::uint64_t policed = 0;         ///< lost: the policer had no tokens
  std::uint64_t lost_in_bursts = 0;  ///< lost
  std::uint64_t early = 0;           ///< lost: chosen by RED
  std::uint64_t marked = 0;          ///< CE: chosen by RED, or by the test
  std::uint64_t swallowed = 0;       ///< lost: too big for the router, which says nothing
};

/// A packet that travels as the sender handed it to its device, and what the wire would have seen of it.
struct WholePacket {
  IncomingPacket packet;
  std::vector<test::TcpPacket> segments;
};

class Path {
 public:
  Path(Node& sender, Node& receiver, PathOptions how, const Secret& secret)
      : from(&sender), to(&receiver), options(std::move(how)), impaired_(options.impairment, secret) {}

  Node* from;
  Node* to;
  PathOptions options;
  // Routers on the way, in this order; a test puts there what it wants.
  std::optional<Policer> policer;
  std::optional<BurstLoss> bursts;
  std::optional<Red> red;  ///< minds the queue of the impairment, which has a rate then

  /// A packet that fits the MTU goes in.
  void send(Instant now, Bytes packet);
  /// A packet that does not is lost, in a path that swallows such.
  void swallow() { ++routers_.swallowed; }
  /// A super-segment goes in.
  void send_whole(Instant now, const OutgoingPacket& packet);
  /// What has come through by `now`; nothing if nothing has.
  std::optional<PacketOnPath> pop(Instant now);
  std::optional<WholePacket> pop_whole(Instant now);
  /// When one of them has something.
  [[nodiscard]] std::optional<Instant> next() const;

  [[nodiscard]] const RouterCounters& routers() const { return routers_; }
  [[nodiscard]] const PathCounters& counters() const { return impaired_.counters(); }
  [[nodiscard]] const BottleneckQueue& queue() const { return impaired_.queue(); }

 private:
  /// Whether the packet comes through the routers, which may have marked it.
  bool passes_routers(Instant now, MutableBytes packet);

  RouterCounters routers_;
  ImpairedPath impaired_;
  std::multimap<Instant, WholePacket> whole_;  ///< of super_segments
};

}  // namespace handwave::sim
