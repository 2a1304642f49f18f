// What the peer holds, what was lost, what was sent again and when: the scoreboard of RFC 6675 §3, §4, over the reports
// of RFC 2018 and RFC 2883, with the times that RFC 8985 §5.2 wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/rack.hpp"
#include "stack/tcp/recovery/ranges.hpp"
#include "stack/tcp/recovery/transmissions.hpp"
#include "stack/tcp/ring.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Of each outstanding octet: was it SACKed; is it lost, to be sent again; when was it last sent. It keeps ranges of
/// octets, so a segment may be as large as the device likes. What was SACKed stays in the send queue all the same,
/// until it is acknowledged (RFC 2018 §8): the peer may renege.
class Scoreboard {
 public:
  /// DupThresh (RFC 6675 §2).
  static constexpr std::uint32_t duplicate_threshold = 3;
  /// A peer may report every other octet; beyond so many ranges, reports that would add one are not kept. They are
  /// advice: what is not known to have arrived is sent once more.
  static constexpr std::size_t max_ranges = 1024;

  /// Nothing is outstanding before `una`.
  explicit Scoreboard(Seq una) : judged_(una) {}

  /// What an acknowledgment told.
  struct Update {
    std::uint32_t delivered = 0;     ///< octets that it, and no acknowledgment before it, said to have arrived
    std::uint32_t newly_sacked = 0;  ///< those of them beyond SND.UNA
    std::optional<wire::SackBlock> duplicate{};  ///< D-SACK: what the peer has received twice (RFC 2883 §4)
  };
  /// What RACK made of what is outstanding.
  struct Detection {
    std::uint32_t lost = 0;               ///< octets that were not known to be lost
    std::optional<Instant> next{};        ///< when more of them will be, if no ACK tells otherwise
    std::optional<Instant> sent_again{};  ///< when the latest of them was sent that had been sent before
  };

  /// [from, to) leaves, new or again; `nxt` is SND.NXT before.
  void sent(Instant now, Seq from, Seq to, Seq nxt);
  /// Update () of RFC 6675 §4. SND.UNA may have moved. Tells `rack` of all that is delivered.
  Update update(const Acknowledgment& ack, const Flight& flight, Rack& rack);
  /// True if SND.UNA itself is SACKed: a peer that still held it would have acknowledged it (RFC 2018 §8).
  [[nodiscard]] bool reneged(const Flight& flight) const { return sacked_.covers(flight.una); }
  /// Nothing counts as SACKed any more. Gives the place up to which something did.
  Seq forget_sacked();

  /// RACK_detect_loss of RFC 8985 §6.2, step 5: what was sent before RACK.segment, and at least RACK.rtt and `window`
  /// ago, is lost.
  Detection detect_loss(Instant now, const Flight& flight, const Rack& rack, Duration window);
  /// RACK_mark_losses_on_RTO of §6.3: of everything outstanding, what was sent so long ago.
  void detect_loss_on_timeout(Instant now, const Flight& flight, Duration age);
  /// Whatever of [from, to) is not SACKed is lost.
  void mark_lost(Seq from, Seq to);
  /// What counted as lost is in the network after all, and may be found lost again.
  void forget_lost(const Flight& flight);
  /// The first range that is to be sent again.
  [[nodiscard]] std::optional<Resend> next_lost() const;

  /// SetPipe () of RFC 6675 §4: octets believed to be in the network.
  [[nodiscard]] std::uint32_t pipe(const Flight& flight) const {
    return flight.size() - sacked_.octets() - lost_.octets();
  }
  [[nodiscard]] std::uint32_t sacked() const { return sacked_.octets(); }
  [[nodiscard]] bool sacked_beyond(Seq place) const { return !sacked_.empty() && sacked_.back().end > place; }
  [[nodiscard]] bool anything_lost() const { return !lost_.empty(); }
  /// Something is lost, and all of it lies in [from, to).
  [[nodiscard]] bool lost_within(Seq from, Seq to) const {
    return !lost_.empty() && from <= lost_.front().begin && lost_.back().end <= to;
  }
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Yes {
    friend bool operator==(Yes, Yes) = default;
  };
  /// Octets sent again, and when.
  struct Again {
    Seq begin;
    Transmission last;
  };
  /// Which sendings are lost by now.
  struct Verdict {
    Instant now;
    std::optional<Transmission> segment;  ///< RACK.segment; none: all count as sent before it
    Duration wait;                        ///< RACK.rtt + RACK.reo_wnd
  };

  [[nodiscard]] bool has_room_for(const wire::SackBlock& block) const;
  void tell_delivered(Instant now, Seq from, Seq to, std::optional<std::uint32_t> echoed, Rack& rack) const;
  Detection judge(const Flight& flight, const Verdict& verdict);
  void judge_first_sendings(const Flight& flight, const Verdict& verdict, Detection& detection);
  void judge_later_sendings(const Verdict& verdict, Detection& detection);
  [[nodiscard]] bool in_network(const Again& again) const;
  void list_by_time();

  Transmissions first_;        ///< the first sending of everything
  Ranges<Instant> again_;      ///< what was sent again, and when last; none of it is SACKed
  Ring<Again> again_in_time_;  ///< the same by time, with some that is out of date
  Ranges<Yes> sacked_;
  Ranges<Yes> lost_;  ///< to be sent again: none of it is SACKed
  Seq judged_;        ///< what was sent once only is lost, or SACKed, up to here
};

}  // namespace handwave::tcp
