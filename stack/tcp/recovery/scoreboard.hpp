// What the peer holds, what was lost and what was sent again: the scoreboard of RFC 6675 §3, §4, over the reports of
// RFC 2018 and RFC 2883.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/ranges.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Of each outstanding octet: was it SACKed; is it lost, to be sent again; or is it in the network. It keeps ranges of
/// octets, so a segment may be as large as the device likes. What was SACKed stays in the send queue all the same,
/// until it is acknowledged (RFC 2018 §8): the peer may renege.
class Scoreboard {
 public:
  /// DupThresh (RFC 6675 §2).
  static constexpr std::uint32_t duplicate_threshold = 3;
  /// A peer may report every other octet; beyond so many ranges, reports that would add one are not kept. They are
  /// advice: what is not known to have arrived is sent once more.
  static constexpr std::size_t max_ranges = 1024;

  /// What an acknowledgment told.
  struct Update {
    std::uint32_t delivered = 0;     ///< octets that it, and no acknowledgment before it, said to have arrived
    std::uint32_t newly_sacked = 0;  ///< those of them beyond SND.UNA
    bool duplicate_arrived = false;  ///< D-SACK: the peer has something twice (RFC 2883 §4)
  };

  /// Update () of RFC 6675 §4. SND.UNA may have moved.
  Update update(const Acknowledgment& ack, const Flight& flight);
  /// True if SND.UNA itself is SACKed: a peer that still held it would have acknowledged it (RFC 2018 §8).
  [[nodiscard]] bool reneged(const Flight& flight) const { return sacked_.covers(flight.una); }
  /// Nothing counts as SACKed any more. Gives the place up to which something did.
  Seq forget_sacked();

  /// IsLost () of RFC 6675 §4: it holds for what is not SACKed and lies before this place, and for nothing else.
  [[nodiscard]] Seq lost_before(const Flight& flight) const;
  /// What of [from, to) is not SACKed is lost. Gives the number of octets that were not so before.
  std::uint32_t mark_lost(Seq from, Seq to);
  /// The first range that is to be sent again.
  [[nodiscard]] std::optional<Resend> next_lost() const;
  /// It was: it is in the network once more.
  void sent_again(Seq from, Seq to) { lost_.erase(from, to); }

  /// SetPipe () of RFC 6675 §4: octets believed to be in the network.
  [[nodiscard]] std::uint32_t pipe(const Flight& flight) const {
    return flight.size() - sacked_.octets() - lost_.octets();
  }
  [[nodiscard]] std::uint32_t sacked() const { return sacked_.octets(); }
  [[nodiscard]] bool anything_lost() const { return !lost_.empty(); }

 private:
  struct Yes {
    friend bool operator==(Yes, Yes) = default;
  };

  [[nodiscard]] bool has_room_for(const wire::SackBlock& block) const;

  // An octet is in one of them at most.
  Ranges<Yes> sacked_;
  Ranges<Yes> lost_;
};

}  // namespace handwave::tcp
