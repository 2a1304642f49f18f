// RACK: loss is detected by time, with what is known of the segment sent last among those that have arrived: RFC 8985
// §6. The scoreboard applies it to what is outstanding.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/tcp/recovery/transmissions.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Octets that have arrived, as an acknowledgment tells for the first time, cumulatively or by SACK.
struct Delivery {
  Transmission last;           ///< their last sending
  bool retransmitted = false;  ///< Segment.retransmitted: it was not their first
};

/// The least of a quantity over the last minute or so, so that it may rise again (§6.2, step 1).
class RecentMinimum {
 public:
  static constexpr Duration window = std::chrono::seconds{30};

  void sample(Instant now, Duration value);
  [[nodiscard]] std::optional<Duration> value() const { return before_ && *before_ < *current_ ? before_ : current_; }

 private:
  std::optional<Duration> before_;  ///< of the window before the current one
  std::optional<Duration> current_;
  Instant began_{};
};

class Rack {
 public:
  /// Loss recoveries without D-SACK after which the reordering window is small again (§6.2, step 4).
  static constexpr unsigned persistence = 16;

  /// Step 1 before anything was delivered: what the handshake has measured (RFC 6298).
  void measured_before(Instant now, Duration rtt) {
    if (!minimum_rtt()) minimum_rtt_.sample(now, rtt);
  }
  /// Steps 1 to 3, for each part that an ACK delivers, in the order of their sequence numbers. `echoed` is the time of
  /// sending that the ACK echoes, in ticks of the timestamp clock.
  void delivered(Instant now, const Delivery& delivery, std::optional<std::uint32_t> echoed);
  /// Step 4, once for the ACK. `left_recovery`: it ended a fast recovery or that after a timeout.
  void acknowledged(Instant now, Seq una, Seq nxt, bool duplicate_arrived, bool left_recovery);

  /// A segment has been delivered, so there is something to compare with.
  [[nodiscard]] bool measured() const { return segment_.has_value(); }
  /// RACK.xmit_ts and RACK.end_seq.
  [[nodiscard]] const Transmission& segment() const { return *segment_; }
  /// RACK.rtt.
  [[nodiscard]] Duration rtt() const { return rtt_; }
  [[nodiscard]] bool reordering_seen() const { return reordering_seen_; }
  [[nodiscard]] std::optional<Duration> minimum_rtt() const { return minimum_rtt_.value(); }
  /// True once after each ACK that gave a measurement of the round trip.
  [[nodiscard]] bool took_sample() const { return took_sample_; }
  /// RACK.reo_wnd. None if nothing was ever reordered, in a recovery or with `segments_sacked` at DupThresh.
  [[nodiscard]] Duration reordering_window(bool recovering, std::uint32_t segments_sacked,
                                           std::optional<Duration> srtt) const;

 private:
  std::optional<Transmission> segment_;  ///< RACK.segment
  Duration rtt_{};
  RecentMinimum minimum_rtt_;           ///< RACK.min_RTT
  std::optional<Seq> forward_;          ///< RACK.fack
  std::optional<Seq> dsack_round_;      ///< RACK.dsack_round
  std::uint32_t window_multiple_ = 1;   ///< RACK.reo_wnd_mult
  unsigned window_persists_ = 0;        ///< RACK.reo_wnd_persist
  std::optional<Transmission> newest_;  ///< of this ACK's deliveries, the one sent last
  bool reordering_seen_ = false;
  bool took_sample_ = false;
};

}  // namespace handwave::tcp
