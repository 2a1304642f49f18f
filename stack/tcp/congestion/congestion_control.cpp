#include "stack/tcp/congestion/congestion_control.hpp"

#include <algorithm>

namespace handwave::tcp {
namespace {

/// No window of TCP is larger (RFC 7323 §2.3), so a larger cwnd would mean nothing and might overflow.
constexpr std::uint32_t largest_window = std::uint32_t{1} << 30;

}  // namespace

CongestionControl::CongestionControl(CongestionAvoidance algorithm, std::uint32_t smss, Seq nxt)
    : cwnd_(initial_window(smss)), begun_at_(nxt) {
  if (algorithm == CongestionAvoidance::new_reno) avoidance_ = NewReno{};
}

void CongestionControl::turn_ended(std::uint32_t flight, std::uint32_t room, bool paced) {
  flight_ = flight;
  room_ = room;
  paced_ = paced;
}

std::uint32_t CongestionControl::unclaimed(std::uint32_t flight) const {
  return flight_of_turn() - std::min(flight_of_turn(), flight);
}

std::uint32_t CongestionControl::flight_ack_by_ack(const Congestion& congestion) const {
  const std::uint32_t before = cwnd_ - std::min(cwnd_, congestion.acknowledged);
  return room_ < congestion.smss ? std::max(before, flight_of_turn()) : flight_of_turn();
}

// MUST-19 (§3.8.2): slow start and congestion avoidance.
void CongestionControl::acknowledged(Progress progress) {
  progress.window = cwnd_;
  if (reduced_ && *reduced_ < progress.una) reduced_.reset();
  if (progress.una - begun_at_ >= static_cast<std::int32_t>(initial_window(progress.smss))) in_first_window_ = false;
  if (slow_start()) return grow_in_slow_start(progress);
  if (progress.in_flight + progress.smss < cwnd_ && unused() >= progress.smss) {
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
  if (progress.in_flight >= cwnd_ / 2 || unused() <= cwnd_ / 2)
    cwnd_ += std::min(growth, std::min(ssthresh_, largest_window) - cwnd_);
  if (first && first_slow_start_.over()) ssthresh_ = cwnd_;
}

/// Sets ssthresh, and gives what the algorithm would leave of the window.
std::uint32_t CongestionControl::decrease(Congestion congestion) {
  congestion.window = cwnd_;
  if (congestion.sign != Congestion::Sign::timeout)  // an ACK told of it, perhaps not the first of its batch
    congestion.flight = std::max(congestion.flight, flight_ack_by_ack(congestion));
  const std::uint32_t left = std::visit([&](auto& algorithm) { return algorithm.decrease(congestion); }, avoidance_);
  ssthresh_ = std::max(left, 2 * congestion.smss);  // (4)
  return left;
}

/// For RFC 3168 §6.1.2, "once in response to a series of dropped and/or CE packets from a single window of data".
void CongestionControl::remember_reduction(Seq nxt) {
  reduced_ = nxt;
  reduction_untold_ = true;
}

/// RFC 6928 §2: the restart window falls back to that of RFC 3390 if the network has not carried the larger one, or one
/// that was an initial window before, and it was more than 4 KB.
void CongestionControl::judge_first_window(const Congestion& congestion) {
  constexpr std::int32_t four_kilobytes = 4096;
  if (in_first_window_ && congestion.nxt - begun_at_ > four_kilobytes) restarts_with_less_ = true;
}

void CongestionControl::lost(Congestion congestion) {
  congestion.sign = Congestion::Sign::loss;
  judge_first_window(congestion);
  if (reduced_ && congestion.una < *reduced_ && !congestion.again) return;
  decrease(congestion);
  cwnd_ = std::min(cwnd_, ssthresh_);  // marks may have left less than ssthresh can be
  remember_reduction(congestion.nxt);
}

/// RFC 9438 §4.6 has cwnd and ssthresh apart. What is acknowledged up to `reduced_` was sent before the reduction, and
/// the peer had not heard of that when it echoed.
bool CongestionControl::marked(Congestion congestion) {
  congestion.sign = Congestion::Sign::ecn;
  if (reduced_ && congestion.una <= *reduced_) return false;
  cwnd_ = std::max(decrease(congestion), congestion.smss);
  remember_reduction(congestion.nxt);
  return true;
}

void CongestionControl::timed_out(Congestion congestion, bool again) {
  congestion.sign = Congestion::Sign::timeout;
  judge_first_window(congestion);
  if (!again) decrease(congestion);
  cwnd_ = congestion.smss;
  remember_reduction(congestion.nxt);
}

void CongestionControl::recovered(std::uint32_t flight, std::uint32_t smss) {
  cwnd_ = std::min(ssthresh_, std::max(flight, smss) + smss);
}

void CongestionControl::undo(std::uint32_t window, std::uint32_t threshold) {
  ssthresh_ = threshold;
  cwnd_ = std::min(window, largest_window);
  std::visit([](auto& algorithm) { algorithm.undo(); }, avoidance_);
  reduced_.reset();
  reduction_untold_ = false;
}

void CongestionControl::restart_after_idle(std::uint32_t smss, Seq nxt) {
  cwnd_ = std::min(restarts_with_less_ ? smaller_initial_window(smss) : initial_window(smss), cwnd_);
  begun_at_ = nxt;
  in_first_window_ = true;
}

}  // namespace handwave::tcp
