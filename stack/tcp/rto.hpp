// The retransmission timeout: RFC 6298; several samples a window: RFC 7323 Appendix G.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave::tcp {

/// RTO, computed from round-trip times; the methods are the events of RFC 6298. The timer itself (5.1-5.6) is the
/// connection's. Only segments that were not retransmitted may be sampled (Karn's rule, §3), or any by their timestamp.
class RetransmissionTimeout {
 public:
  static constexpr Duration initial = std::chrono::seconds{1};           ///< (2.1)
  static constexpr Duration maximum = std::chrono::seconds{60};          ///< (2.5): no less than a minute
  static constexpr Duration granularity = std::chrono::milliseconds{1};  ///< G: that of the timestamp clock
  static constexpr Duration after_lost_syn = std::chrono::seconds{3};    ///< (5.7)

  explicit RetransmissionTimeout(Duration minimum = std::chrono::seconds{1} /* (2.4) */);

  /// (2.2), (2.3): a round trip was measured. Ends the backoff.
  void sample(Duration rtt) { sample(rtt, 1); }
  /// The same where about `expected_samples_per_window` of them are taken a round trip: each weighs the less.
  void sample(Duration rtt, unsigned expected_samples_per_window);
  /// (5.5): the timer expired; the RTO doubles, up to `maximum`.
  void back_off();
  /// RFC 4015 §3.1 (11): a timeout was spurious, so the RTO was too short; the next measurement counts in full.
  void was_spurious() { conservative_ = measured_; }
  /// (5.7): the handshake completed after its timer had expired; without a sample, data begins with 3 s at least. (A
  /// sample, which only timestamps can have given, takes the place of any initial RTO: (2.2), Appendix A.)
  void syn_was_retransmitted();

  /// RTO.
  [[nodiscard]] Duration value() const;
  /// SRTT; nothing before the first sample.
  [[nodiscard]] std::optional<Duration> smoothed() const;
  /// RTTVAR; zero before the first sample.
  [[nodiscard]] Duration variation() const { return rttvar_; }
  /// How often the timer expired since the last sample (or since syn_was_retransmitted).
  [[nodiscard]] unsigned backoffs() const { return backoffs_; }

 private:
  Duration minimum_;
  Duration rto_ = initial;  ///< without the backoff
  Duration srtt_{};
  Duration rttvar_{};
  std::uint32_t backoffs_ = 0;
  bool measured_ = false;
  bool conservative_ = false;  ///< the next measurement is the first after a spurious timeout
};

}  // namespace handwave::tcp
