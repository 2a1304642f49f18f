// What is left of connections in TIME-WAIT: RFC 9293 §3.6.1, §3.10.7.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "stack/address.hpp"
#include "stack/indirect.hpp"
#include "stack/random.hpp"
#include "stack/source_route.hpp"
#include "stack/tcp/challenge_ack.hpp"
#include "stack/tcp/flow_index.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Enough to answer a retransmitted FIN, to challenge a RST or SYN, and to judge a new SYN (MAY-2).
struct TimeWaitEntry {
  FourTuple sockets;
  Seq snd_nxt;
  Seq rcv_nxt;
  std::uint32_t rcv_wnd = 0;    ///< octets, not scaled
  std::uint32_t ts_recent = 0;  ///< TS.Recent
  std::uint32_t ts_offset = 0;  ///< of the timestamp clock
  std::uint8_t rcv_scale = 0;   ///< Rcv.Wind.Shift
  bool timestamps = false;      ///< agreed on
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  ChallengeAckLimit challenge_acks;
  Indirect<SourceRoute> route;  ///< by which its segments go
  Instant deadline{};           ///< set by insert() and restart()
};

/// A table of its own, so that however many these are, they slow no lookup of a live connection. All entries last
/// equally long, 2 MSL, so the oldest is always the first to go and no heap is needed. Pointers hold until the next
/// insert.
class TimeWaitTable {
 public:
  /// `limit`: how many there may be at most. Memory is taken as they come.
  TimeWaitTable(std::size_t limit, SipKey key) : key_(key), limit_(limit) {}

  [[nodiscard]] TimeWaitEntry* find(const FourTuple& sockets);
  [[nodiscard]] const TimeWaitEntry* find(const FourTuple& sockets) const;
  /// Adds one whose sockets are not there yet, with a deadline no earlier than any other's. True if the oldest had to
  /// go for it: the limit. (With a limit of 0 nothing is kept.)
  bool insert(const TimeWaitEntry& entry);
  /// The 2 MSL timer starts again, with a deadline no earlier than any other's.
  void restart(TimeWaitEntry& entry, Instant deadline);
  /// Does nothing if the sockets are not there.
  void erase(const FourTuple& sockets);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Erases all whose deadline has come by `now`, and calls `on_expired(entry)` for each, the oldest first; returns how
  /// many they were.
  template <class OnExpired>
  std::size_t expire(Instant now, OnExpired on_expired) {
    std::size_t count = 0;
    for (; oldest_ != none && slots_[oldest_].entry.deadline <= now; ++count) {
      const TimeWaitEntry expired = slots_[oldest_].entry;
      erase_at(oldest_);
      on_expired(expired);
    }
    return count;
  }
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const { return slots_.capacity() * sizeof(Slot) + index_.memory(); }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  /// Linked from the oldest to the newest; free slots are linked by `newer` alone.
  struct Slot {
    TimeWaitEntry entry;
    std::uint32_t older = none;
    std::uint32_t newer = none;
  };

  [[nodiscard]] std::optional<std::uint32_t> place_of(const FourTuple& sockets) const;
  void link_as_newest(std::uint32_t place);
  void unlink(std::uint32_t place);
  void erase_at(std::uint32_t place);

  SipKey key_;
  std::size_t limit_;
  std::vector<Slot> slots_;
  FlowIndex index_;
  std::uint32_t oldest_ = none;
  std::uint32_t newest_ = none;
  std::uint32_t free_ = none;
};

}  // namespace handwave::tcp
