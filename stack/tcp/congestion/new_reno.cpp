#include "stack/tcp/congestion/new_reno.hpp"

#include <algorithm>

namespace handwave::tcp {
namespace {

/// No window of TCP is larger (RFC 7323 §2.3), so a larger cwnd would mean nothing and might overflow.
constexpr std::uint32_t largest_window = std::uint32_t{1} << 30;

}  // namespace

NewReno::NewReno(std::uint32_t smss) : cwnd_(initial_window(smss)) {}

// MUST-19 (§3.8.2): slow start and congestion avoidance.
void NewReno::acknowledged(std::uint32_t octets, std::uint32_t flight, std::uint32_t smss) {
  if (slow_start()) {
    if (flight < cwnd_ / 2) return;
    // (2): one SMSS for each segment acknowledged, up to where congestion avoidance takes over.
    const std::uint32_t room = std::min(ssthresh_, largest_window) - cwnd_;
    cwnd_ += std::min(octets, room);
    return;
  }
  if (flight + smss < cwnd_) return;
  // (3), counted in octets as §3.1 recommends: one SMSS for each window's worth of acknowledgments.
  acknowledged_ += octets;
  if (acknowledged_ < cwnd_) return;
  acknowledged_ -= cwnd_;
  cwnd_ = std::min(cwnd_ + smss, largest_window);
}

void NewReno::lost(std::uint32_t flight, std::uint32_t smss) {
  ssthresh_ = std::max(flight / 2, 2 * smss);  // (4)
  cwnd_ = ssthresh_;
  acknowledged_ = 0;
}

void NewReno::timed_out(std::uint32_t flight, std::uint32_t smss, bool again) {
  if (!again) ssthresh_ = std::max(flight / 2, 2 * smss);
  cwnd_ = smss;
  acknowledged_ = 0;
}

void NewReno::recovered(std::uint32_t flight, std::uint32_t smss) {
  cwnd_ = std::min(ssthresh_, std::max(flight, smss) + smss);
}

void NewReno::undo(std::uint32_t window, std::uint32_t threshold) {
  ssthresh_ = threshold;
  cwnd_ = std::min(window, largest_window);
  acknowledged_ = 0;
}

void NewReno::restart_after_idle(std::uint32_t smss) { cwnd_ = std::min(initial_window(smss), cwnd_); }

}  // namespace handwave::tcp
