// Pacing: what a window lets out leaves over the round trip, and not at once. RFC 9002 §7.7, which is QUIC's, but made
// for TCP's windows; RFC 9406 §4.3 counts on it.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/buffer_tuning.hpp"
#include "stack/time.hpp"

namespace handwave::tcp {

/// A rate, as what may leave in a round trip.
class Pace {
 public:
  /// Not on a path shorter than a millisecond, which is this machine, nor before it was measured.
  static bool is_of_use(const std::optional<Duration>& srtt) { return srtt && *srtt >= shortest_path; }
  /// N * cwnd / SRTT. None where it would be no use, or where a super-segment takes no longer than a timer is late.
  static std::optional<Pace> of(std::uint32_t cwnd, bool slow_start, std::optional<Duration> srtt, std::uint32_t smss);

  [[nodiscard]] Duration time_for(std::uint64_t octets) const;
  [[nodiscard]] std::uint64_t octets_in(Duration time) const;
  /// What is worth a timer: a millisecond's octets, as far as one super-segment goes, and two segments at least, which
  /// get one ACK.
  [[nodiscard]] std::uint32_t quantum() const;
  /// What may be made up for if nothing was sent for a while, beside a quantum. With it no burst is larger than the
  /// initial window, or on a fast path than what a timer that comes late has missed.
  [[nodiscard]] Duration arrears() const;

 private:
  Pace(std::uint64_t octets, Duration time, std::uint32_t smss) : octets_(octets), time_(time), smss_(smss) {}

  std::uint64_t octets_;  ///< N * cwnd, in each
  Duration time_;         ///< SRTT
  std::uint32_t smss_;
};

/// When the next octets may leave. The pace is asked for each time, since windows and round trips change.
class Pacer {
 public:
  /// How many octets may leave at once: none before next(), and then two segments or more.
  [[nodiscard]] std::uint32_t room(Instant now, const Pace& pace) const;
  /// So many left, whether there was room or not.
  void sent(Instant now, std::uint32_t octets, const Pace& pace);
  [[nodiscard]] Instant next() const { return next_; }

 private:
  Instant next_ = Instant::min();
};

}  // namespace handwave::tcp
