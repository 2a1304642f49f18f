// CUBIC: congestion avoidance by RFC 9438. Windows grow with the time since the last congestion, whatever the RTT: fast
// at first, slowly around where the congestion was, then faster and faster in search of a new limit.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/events.hpp"

namespace handwave::tcp {

/// Sizes are in segments and times in seconds, as in the RFC. (What the methods are for: see NewReno.)
class Cubic {
 public:
  std::uint32_t increase(const Progress& progress);
  std::uint32_t decrease(const Congestion& congestion);
  void undo();
  void not_limited_by_window(Instant now);

 private:
  void begin_epoch(Instant now, double cwnd);
  [[nodiscard]] double window_at(double t) const;

  std::optional<Instant> epoch_;   ///< t_epoch: congestion avoidance began; not while it has not, since the last sign
  std::optional<Instant> unused_;  ///< since then, cwnd was not in use
  double w_max_ = 0;               ///< where the last congestion was
  double cwnd_prior_ = 0;          ///< cwnd before the last decrease
  double k_ = 0;                   ///< K: the time from the epoch's beginning until cwnd is W_max again
  double w_est_ = 0;               ///< what Reno's cwnd would be
};

}  // namespace handwave::tcp
