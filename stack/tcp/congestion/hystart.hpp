// HyStart++: a first slow start that ends when the round trip grows longer, before the queue overflows. RFC 9406.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/events.hpp"

namespace handwave::tcp {

/// Of the first slow start of a connection alone: later ones know where to end (§4.3).
class HyStart {
 public:
  /// How many octets cwnd grows by. Acknowledgments of several segments count as one for each of them, so L is
  /// infinite.
  std::uint32_t increase(const Progress& progress);
  /// Slow start is over: ssthresh is cwnd.
  [[nodiscard]] bool over() const { return conservative_rounds_ >= rounds_in_conservative; }

 private:
  static constexpr std::uint8_t samples_needed = 8;          ///< N_RTT_SAMPLE
  static constexpr std::uint32_t growth_divisor = 4;         ///< CSS_GROWTH_DIVISOR
  static constexpr std::uint8_t rounds_in_conservative = 5;  ///< CSS_ROUNDS

  void begin_round(Seq nxt);
  void sample(Duration rtt);

  /// The RFC's "infinity" is a minimum of nothing. Microseconds tell round trips apart, and each connection has these.
  using RoundTrip = std::chrono::duration<std::uint32_t, std::micro>;

  [[nodiscard]] bool conservative() const { return baseline_min_ != RoundTrip::max(); }

  std::optional<Seq> window_end_;              ///< windowEnd: the round ends when it is acknowledged
  RoundTrip last_min_ = RoundTrip::max();      ///< lastRoundMinRTT
  RoundTrip current_min_ = RoundTrip::max();   ///< currentRoundMinRTT
  RoundTrip baseline_min_ = RoundTrip::max();  ///< cssBaselineMinRtt: set in Conservative Slow Start, and only there
  std::uint8_t samples_ = 0;                   ///< rttSampleCount, as far as it matters
  std::uint8_t conservative_rounds_ = 0;       ///< of CSS, complete ones; the one in which it began counts
};

}  // namespace handwave::tcp
