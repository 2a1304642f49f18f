// One direction of a bad network, as a value: packets and the time go in, and come out late, twice, damaged or not at
// all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "stack/random.hpp"
#include "stack/time.hpp"
#include "tun/bottleneck_queue.hpp"
#include "tun/impairment_spec.hpp"

namespace handwave {

/// A packet on its way: the finished octets of one that fits the MTU.
struct PacketOnPath {
  std::vector<std::uint8_t> octets;
  bool checksum_verified = false;  ///< nothing has happened to it since a device vouched for it
};

/// What the path has done so far.
struct PathCounters {
  std::uint64_t packets = 0;  ///< put in
  std::uint64_t lost = 0;
  std::uint64_t marked = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t queue_full = 0;  ///< lost as well: more came than the rate lets through
};

/// The same secret and the same packets at the same times give the same fates.
class ImpairedPath {
 public:
  /// A reordered packet is overtaken by one to so many later ones: often more than the three duplicate ACKs of a fast
  /// retransmit (RFC 5681 §3.2), often fewer.
  static constexpr std::uint64_t max_overtaking = 6;
  /// It goes on after this time even if no packets come to overtake it.
  static constexpr Duration max_holding = std::chrono::milliseconds{5};
  /// The queue before a path with a rate holds so much time's worth of octets and never less than ten large packets,
  /// unless the impairment says how much.
  static constexpr Duration queue_limit = std::chrono::milliseconds{100};
  static constexpr std::uint64_t minimum_queue = 15000;

  ImpairedPath(const Impairment& impairment, const Secret& secret);

  /// Sends a packet into the path.
  void push(Instant now, PacketOnPath packet);
  /// The next packet that has come through by `now`; nothing if none has.
  std::optional<PacketOnPath> pop(Instant now);
  /// When pop() has something next; nothing if the path is empty.
  [[nodiscard]] std::optional<Instant> next() const;
  [[nodiscard]] const PathCounters& counters() const { return counters_; }
  /// What waits for the rate.
  [[nodiscard]] const BottleneckQueue& queue() const { return queue_; }

 private:
  /// A packet that waits to be overtaken.
  struct Held {
    std::uint64_t overtaking;  ///< how many more will
    PacketOnPath packet;
  };

  static bool chance(Random& random, double share);
  void mark(PacketOnPath& packet);
  void corrupt(PacketOnPath& packet);
  /// When a packet of `size` octets that is sent now comes through; nothing if the queue has no room.
  std::optional<Instant> arrival(Instant now, std::size_t size);
  void deliver(Instant at, PacketOnPath packet) { arriving_.emplace(at, std::move(packet)); }
  void overtake_held(Instant at);

  Impairment impairment_;
  Random random_;
  Random marking_;  ///< its own: which packets are marked decides nothing else
  PathCounters counters_;
  BottleneckQueue queue_;
  Instant last_arrival_{};                         ///< of a packet in order
  std::multimap<Instant, PacketOnPath> arriving_;  ///< equal times in the order of insertion
  std::multimap<Instant, Held> held_;              ///< by when they go on at the latest
};

}  // namespace handwave
