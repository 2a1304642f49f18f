#include "stack/tcp/rto.hpp"

#include <algorithm>
#include <utility>

namespace handwave::tcp {

RetransmissionTimeout::RetransmissionTimeout(Duration minimum)
    : minimum_(minimum), rto_(std::min(std::max(initial, minimum), maximum)) {}

void RetransmissionTimeout::sample(Duration rtt, unsigned expected_samples_per_window) {
  rtt = std::max(rtt, Duration::zero());
  if (!measured_) {
    // (2.2): SRTT <- R, RTTVAR <- R/2
    srtt_ = rtt;
    rttvar_ = rtt / 2;
    measured_ = true;
  } else if (std::exchange(conservative_, false)) {
    // RFC 4015 §3.1 (11): SRTT <- max(SRTT_prev, RTT-SAMPLE), with SRTT_prev = SRTT + 2*G; RTTVAR likewise.
    srtt_ = std::max(srtt_ + 2 * granularity, rtt);
    rttvar_ = std::max(rttvar_, rtt / 2);
  } else {
    // (2.3): RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|, then SRTT <- (1 - alpha) * SRTT + alpha * R', with
    // beta = 1/4 and alpha = 1/8; RFC 7323 Appendix G divides both by the number of samples to expect in a round trip.
    const auto samples = static_cast<std::int64_t>(std::max(expected_samples_per_window, 1U));
    rttvar_ += (std::chrono::abs(srtt_ - rtt) - rttvar_) / (4 * samples);
    srtt_ += (rtt - srtt_) / (8 * samples);
  }
  // RTO <- SRTT + max(G, K*RTTVAR), K = 4; (2.4) rounds it up and (2.5) cuts it off.
  rto_ = std::min(std::max(srtt_ + std::max(granularity, 4 * rttvar_), minimum_), maximum);
  backoffs_ = 0;
}

void RetransmissionTimeout::back_off() { ++backoffs_; }

void RetransmissionTimeout::syn_was_retransmitted() {
  if (!measured_) rto_ = std::max(rto_, after_lost_syn);
  backoffs_ = 0;
}

Duration RetransmissionTimeout::value() const {
  Duration doubled = rto_;
  for (unsigned i = 0; i < backoffs_ && doubled < maximum; ++i) doubled *= 2;
  return std::min(doubled, maximum);
}

std::optional<Duration> RetransmissionTimeout::smoothed() const {
  return measured_ ? std::optional{srtt_} : std::nullopt;
}

}  // namespace handwave::tcp
