// How long RACK waits for what may only have been overtaken: RFC 8985 §6.2, steps 1 and 4.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// The least of a quantity over the last minute or so, so that it may rise again.
class RecentMinimum {
 public:
  static constexpr Duration window = std::chrono::seconds{30};

  void sample(Instant now, Duration value);
  [[nodiscard]] std::optional<Duration> value() const;

 private:
  static constexpr Duration none = Duration::max();

  Duration before_ = none;  ///< of the window before the current one
  Duration current_ = none;
  Instant began_{};
};

/// What RACK has learnt of the path. It holds for the flights to come, too.
class ReorderingWindow {
 public:
  /// Loss recoveries without D-SACK after which the window is small again.
  static constexpr std::uint8_t persistence = 16;

  /// Step 1. SHOULD: a windowed minimum.
  void measured(Instant now, Duration rtt) { minimum_rtt_.sample(now, rtt); }
  /// RACK.min_RTT.
  [[nodiscard]] std::optional<Duration> minimum_rtt() const { return minimum_rtt_.value(); }
  /// Step 3 found that a segment had been overtaken.
  void see_reordering() { reordering_seen_ = true; }
  [[nodiscard]] bool reordering_seen() const { return reordering_seen_; }
  /// The peer has reported by D-SACK: it is known to do so.
  [[nodiscard]] bool duplicate_reported() const { return duplicate_reported_; }

  /// Step 4, once for each ACK. `left_recovery`: it ended a fast recovery or that after a timeout.
  void acknowledged(Seq una, Seq nxt, bool duplicate_arrived, bool left_recovery);
  /// RACK.reo_wnd. None if nothing was ever reordered, in a recovery or with `segments_sacked` at DupThresh.
  [[nodiscard]] Duration value(bool recovering, std::uint32_t segments_sacked, std::optional<Duration> srtt) const;

 private:
  RecentMinimum minimum_rtt_;
  std::optional<Seq> dsack_round_;  ///< RACK.dsack_round
  std::uint16_t multiple_ = 1;      ///< RACK.reo_wnd_mult
  std::uint8_t persists_ = 0;       ///< RACK.reo_wnd_persist
  bool reordering_seen_ = false;    ///< RACK.reordering_seen
  bool duplicate_reported_ = false;
};

}  // namespace handwave::tcp
