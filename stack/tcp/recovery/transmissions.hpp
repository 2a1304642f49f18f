// When what is outstanding was sent the first time: Segment.xmit_ts of RFC 8985 §5.2, before any retransmission.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/tcp/ring.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// One sending of octets that end before `end`. Of two at the same time, as all of a turn are, the one that ends later
/// counts as the later one (RFC 8985 §6.2, RACK_sent_after).
struct Transmission {
  Instant at;
  Seq end;

  [[nodiscard]] bool sent_after(const Transmission& other) const {
    return at > other.at || (at == other.at && end > other.end);
  }
};

/// Text is sent in order the first time, so this is a queue: what is sent is added at its end, what is acknowledged
/// taken off its front, and a search halves it. What leaves in one turn is one entry, super-segments and all.
class Transmissions {
 public:
  /// Beyond so many entries the last one is prolonged: its octets count as sent later than they were, which delays the
  /// finding of a loss and invents none. Full segments of 1448 octets reach this at 23 MB in flight.
  static constexpr std::size_t max_entries = 16384;

  void sent(Instant now, Seq begin, Seq end);
  void acknowledged(Seq una);
  /// That which sent the octet at `place`; nothing if it is not known.
  [[nodiscard]] std::optional<Transmission> of(Seq place) const;
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const { return sent_.memory(); }

 private:
  Ring<Transmission> sent_;
  Seq begin_;  ///< of the first entry
};

}  // namespace handwave::tcp
