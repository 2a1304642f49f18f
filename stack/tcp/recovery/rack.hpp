// RACK: loss is detected by time, with what is known of the segment sent last among those that have arrived: RFC 8985
// §6. The scoreboard applies it to what is outstanding.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/recovery/reordering_window.hpp"
#include "stack/tcp/recovery/transmissions.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Octets that have arrived, as an acknowledgment tells for the first time, cumulatively or by SACK.
struct Delivery {
  Transmission last;           ///< their last sending
  bool retransmitted = false;  ///< Segment.retransmitted: it was not their first
};

class Rack {
 public:
  Rack() = default;
  explicit Rack(const ReorderingWindow& window) : window_(window) {}

  /// Step 1 before anything was delivered: what the handshake has measured (RFC 6298).
  void measured_before(Instant now, Duration rtt) {
    if (!window_.minimum_rtt()) window_.measured(now, rtt);
  }
  /// Whether the ACKs to come may be of what was sent before a retransmission, which is being found out (RFC 5682):
  /// then the retransmission says nothing, unless the ACK echoes it.
  void doubt_retransmissions(bool doubtful) { doubtful_ = doubtful; }
  /// Steps 1 to 3, for each part that an ACK delivers, in the order of their sequence numbers. `echoed` is the time of
  /// sending that the ACK echoes, in ticks of the timestamp clock; nothing for what it delivers by SACK alone.
  void delivered(Instant now, const Delivery& delivery, std::optional<std::uint32_t> echoed);
  /// The end of step 2, and step 4: once for the ACK. `left_recovery`: it ended a fast recovery or that after a
  /// timeout.
  void acknowledged(Instant now, Seq una, Seq nxt, bool duplicate_arrived, bool left_recovery);

  /// A segment has been delivered, so there is something to compare with.
  [[nodiscard]] bool measured() const { return segment_.has_value(); }
  /// RACK.xmit_ts and RACK.end_seq.
  [[nodiscard]] const Transmission& segment() const { return *segment_; }
  /// RACK.rtt.
  [[nodiscard]] Duration rtt() const { return rtt_; }
  /// RACK.reo_wnd, and what it depends on.
  [[nodiscard]] const ReorderingWindow& window() const { return window_; }
  /// True once after each ACK that gave a measurement of the round trip.
  [[nodiscard]] bool took_sample() const { return took_sample_; }

 private:
  std::optional<Transmission> segment_;  ///< RACK.segment
  std::optional<Transmission> newest_;   ///< of this ACK's deliveries, the one sent last
  Duration rtt_{};
  std::optional<Seq> forward_;  ///< RACK.fack
  ReorderingWindow window_;
  bool doubtful_ = false;
  bool took_sample_ = false;
};

}  // namespace handwave::tcp
