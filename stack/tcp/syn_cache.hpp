// Half-open connections of listeners, kept small: RFC 4987 §3.5 (SYN cache).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "stack/address.hpp"
#include "stack/indirect.hpp"
#include "stack/random.hpp"
#include "stack/source_route.hpp"
#include "stack/tcp/deadlines.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/flow_index.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// What must be remembered of a SYN between our SYN,ACK and the ACK that completes the handshake.
struct HalfOpen {
  FourTuple sockets;
  Seq irs;
  Seq iss;
  std::uint32_t listener = 0;             ///< whose backlog it will join
  std::uint32_t listener_generation = 0;  ///< so that a listener that closed and its successor are not confused
  std::uint32_t ts_recent = 0;            ///< TS.Recent: TSval of the SYN
  std::uint32_t rcv_wnd = 0;              ///< octets offered with the SYN,ACK: not scaled
  std::uint16_t peer_mss = 536;           ///< the default of the family if the SYN had none (MUST-15)
  std::uint16_t wnd = 0;                  ///< SEG.WND of the SYN: not scaled
  std::int8_t peer_window_scale = -1;     ///< -1: the SYN had none
  bool sack_permitted : 1 = false;
  bool timestamps : 1 = false;
  bool from_cookie : 1 = false;      ///< it was in no cache: see SynCookies
  std::uint8_t retransmissions = 0;  ///< of the SYN,ACK
  Ecn ecn;
  Instant sent_at{};                   ///< when the SYN,ACK was sent last; not known of a cookie
  Indirect<SourceRoute> return_route;  ///< if the SYN, or the ACK of a cookie, came by a source route
  Instant deadline{};                  ///< when it is retransmitted, or given up; set by insert() and reschedule()
};

/// Half-open connections by their sockets, with their timers. Pointers hold until the next insert.
class SynCache {
 public:
  /// `limit`: how many there may be at most. Memory is taken as they come.
  SynCache(std::size_t limit, SipKey key) : key_(key), limit_(limit) {}

  [[nodiscard]] HalfOpen* find(const FourTuple& sockets);
  [[nodiscard]] const HalfOpen* find(const FourTuple& sockets) const;
  /// Adds one whose sockets are not there yet, due at its `deadline`; null if there are `limit` already.
  HalfOpen* insert(const HalfOpen& entry);
  /// Does nothing if the sockets are not there.
  void erase(const FourTuple& sockets);
  [[nodiscard]] std::optional<Instant> next_deadline() const { return deadlines_.next(); }
  /// One whose deadline has come by `now`, or null. The caller reschedules or erases it: it comes up again else.
  [[nodiscard]] HalfOpen* due(Instant now);
  void reschedule(HalfOpen& entry, Instant deadline);
  [[nodiscard]] std::size_t size() const { return index_.size(); }
  [[nodiscard]] std::size_t limit() const { return limit_; }
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const;

  /// Erases all for which `condition(entry)` holds: a listener closed.
  template <class Condition>
  void erase_if(Condition condition) {
    for (std::uint32_t place = 0; place < entries_.size(); ++place)
      if (deadlines_.at(place) && condition(static_cast<const HalfOpen&>(entries_[place]))) erase_at(place);
  }

 private:
  [[nodiscard]] std::optional<std::uint32_t> place_of(const FourTuple& sockets) const;
  void erase_at(std::uint32_t place);

  SipKey key_;
  std::size_t limit_;
  std::vector<HalfOpen> entries_;    ///< a place is in use if it has a deadline
  std::vector<std::uint32_t> free_;  ///< places of entries_ to be used again
  FlowIndex index_;
  Deadlines deadlines_;  ///< by place
};

}  // namespace handwave::tcp
