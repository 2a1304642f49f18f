// Packetization layer path MTU discovery, RFC 4821 §7: the size of packets is found by what arrives, on paths that
// swallow what is too big for them and say nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/recovery/flight.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/*
               search_low          eff_pmtu         search_high
                   |                   |                  |
           ...------------------------->

               non-probe size range
                   <-------------------------------------->
                               probe size range
*/
/// The search of one connection, §7.1. There is one only while the path may carry more than is sent: since a black hole
/// was found (§7.7), a router named a smaller MTU, or another connection's router did. eff_pmtu is search_low
/// throughout. All sizes are octets of an IP packet.
class PathMtuSearch {
 public:
  /// §7.3: at least five minutes, ten are recommended, until a search that has ended begins anew.
  static constexpr Duration pause = std::chrono::minutes{10};
  /// §7.8: a larger size is on trial for so many packets, a tenth of which would show.
  static constexpr std::uint32_t trial_packets = 100;
  /// ... and fails by so many timeouts.
  static constexpr unsigned trial_timeouts = 2;

  /// Packets of `low` come through, as far as is known, and larger ones are worth a try.
  explicit PathMtuSearch(std::uint16_t low) : low_(low) {}
  /// Somebody has just said that packets of `low` are as large as the path carries: it is tried again after the pause.
  PathMtuSearch(Instant now, std::uint16_t low) : low_(low), resumes_at_(now + pause) {}

  /// search_low, and eff_pmtu.
  [[nodiscard]] std::uint16_t low() const { return low_; }
  /// The probe to send next, its size between search_low and `largest`, which is what the interface and the peer take;
  /// nothing if there is none now.
  std::optional<std::uint16_t> next_size(Instant now, std::uint16_t largest);
  /// A probe of `size` has left, with the text [from, to).
  void sent(MtuProbe probe, std::uint16_t size);
  /// The probe on its way, if there is one.
  [[nodiscard]] const std::optional<MtuProbe>& probe() const { return probe_; }
  /// Nothing is left to be found out with packets of up to `largest`.
  [[nodiscard]] bool over(std::uint16_t largest) const { return low_ >= largest && !trial_ && !probe_ && !verdict_at_; }

  // What becomes of it, §7.5. The headway is the time to the next probe after one that failed, §7.6.2.

  /// SND.UNA and SND.NXT, now that an acknowledgment came. True if it tells that the probe has failed.
  bool acknowledged(Instant now, Seq una, Seq nxt, Duration headway);
  /// The probe was lost, and of all that was sent before SND.NXT nothing else as far as is known.
  void lost_alone(Seq nxt);
  /// Something else was lost.
  void other_loss();
  /// A router said that the probe was too big, and that `mtu` octets are not. False if it says nothing of use.
  bool too_big(std::uint16_t mtu);
  /// The retransmission timer expired. True if it tells that the probe has failed.
  bool timed_out(Instant now, Seq una, Duration headway);

 private:
  /// A larger size that has come through once.
  struct Trial {
    std::uint16_t before;  ///< search_low without it
    Seq until;             ///< acknowledged up to here, it has stood the trial
    unsigned timeouts = 0;
  };

  [[nodiscard]] std::optional<std::uint16_t> candidate(std::uint16_t high) const;
  void fail(Instant now, std::uint16_t size, Duration headway);

  std::uint16_t low_;                  ///< search_low
  std::uint16_t high_ = UINT16_MAX;    ///< search_high, unless the interface or the peer take less
  std::uint16_t size_ = 0;             ///< of the last probe
  bool high_failed_ = false;           ///< search_high was lowered by a probe that failed
  std::optional<MtuProbe> probe_;      ///< on its way
  std::optional<Seq> verdict_at_;      ///< the probe was lost: alone, if nothing else is by when this is acknowledged
  Instant not_before_{};               ///< of the next probe
  std::optional<Instant> resumes_at_;  ///< the search has ended, until then
  std::optional<Trial> trial_;
};

}  // namespace handwave::tcp
