#include "stack/tcp/congestion/congestion_control.hpp"

#include <algorithm>

namespace handwave::tcp {
namespace {

/// No window of TCP is larger (RFC 7323 §2.3), so a larger cwnd would mean nothing and might overflow.
constexpr std::uint32_t largest_window = std::uint32_t{1} << 30;

}  // namespace

CongestionControl::CongestionControl(CongestionAvoidance algorithm, std::uint32_t smss) : cwnd_(initial_window(smss)) {
  if (algorithm == CongestionAvoidance::new_reno) avoidance_ = NewReno{};
}

void CongestionControl::turn_ended(std::uint32_t flight, std::uint32_t room) {
  flight_ = flight;
  unused_ = room;
}

std::uint32_t CongestionControl::unclaimed(std::uint32_t flight) const {
  return flight_of_turn() - std::min(flight_of_turn(), flight);
}

// MUST-19 (§3.8.2): slow start and congestion avoidance.
void CongestionControl::acknowledged(Progress progress) {
  progress.window = cwnd_;
  if (slow_start()) return grow_in_slow_start(progress);
  if (progress.in_flight + progress.smss < cwnd_ && unused_ >= progress.smss) {
    std::visit([&](auto& algorithm) { algorithm.not_limited_by_window(progress.now); }, avoidance_);
    return;
  }
  const std::uint32_t growth = std::visit([&](auto& algorithm) { return algorithm.increase(progress); }, avoidance_);
  cwnd_ += std::min(growth, largest_window - cwnd_);
}

/// (2): one SMSS for each segment acknowledged, up to where congestion avoidance takes over.
void CongestionControl::grow_in_slow_start(const Progress& progress) {
  const bool first = ssthresh_ == UINT32_MAX;
  const std::uint32_t growth = first ? first_slow_start_.increase(progress) : progress.octets;
  if (progress.in_flight >= cwnd_ / 2 || unused_ <= cwnd_ / 2)
    cwnd_ += std::min(growth, std::min(ssthresh_, largest_window) - cwnd_);
  if (first && first_slow_start_.over()) ssthresh_ = cwnd_;
}

std::uint32_t CongestionControl::decrease(const Congestion& congestion) {
  const std::uint32_t threshold =
      std::visit([&](auto& algorithm) { return algorithm.decrease(congestion); }, avoidance_);
  return std::max(threshold, 2 * congestion.smss);  // (4)
}

void CongestionControl::lost(std::uint32_t flight, std::uint32_t smss) {
  cwnd_ = ssthresh_ = decrease(
      {.sign = Congestion::Sign::loss, .flight = std::max(flight, flight_of_turn()), .window = cwnd_, .smss = smss});
}

void CongestionControl::timed_out(std::uint32_t flight, std::uint32_t smss, bool again) {
  if (!again)
    ssthresh_ = decrease({.sign = Congestion::Sign::timeout, .flight = flight, .window = cwnd_, .smss = smss});
  cwnd_ = smss;
}

void CongestionControl::recovered(std::uint32_t flight, std::uint32_t smss) {
  cwnd_ = std::min(ssthresh_, std::max(flight, smss) + smss);
}

void CongestionControl::undo(std::uint32_t window, std::uint32_t threshold) {
  ssthresh_ = threshold;
  cwnd_ = std::min(window, largest_window);
  std::visit([](auto& algorithm) { algorithm.undo(); }, avoidance_);
}

void CongestionControl::restart_after_idle(std::uint32_t smss) { cwnd_ = std::min(initial_window(smss), cwnd_); }

}  // namespace handwave::tcp
