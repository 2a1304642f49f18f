#include "stack/tcp/congestion/cubic.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace handwave::tcp {
namespace {

constexpr double c = 0.4;     ///< C, in segments per second^3 (§5)
constexpr double beta = 0.7;  ///< beta_cubic (§4.6)
/// alpha_cubic (§4.3): with it, AIMD(alpha, beta) gets as much as Reno's AIMD(1, 1/2).
constexpr double alpha = 3 * (1 - beta) / (1 + beta);

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

/// §4.2, figure 1: W_cubic(t).
double Cubic::window_at(double t) const { return c * (t - k_) * (t - k_) * (t - k_) + w_max_; }

/// §4.2, figure 2. After a slow start that no loss ended, and after a timeout (§4.8), there is no W_max to go back to.
void Cubic::begin_epoch(Instant now, double cwnd) {
  epoch_ = now;
  unused_.reset();
  w_max_ = std::max(w_max_, cwnd);
  k_ = std::cbrt((w_max_ - cwnd) / c);
  w_est_ = cwnd;
}

std::uint32_t Cubic::increase(const Progress& progress) {
  const double cwnd = static_cast<double>(progress.window) / progress.smss;
  const double acked = static_cast<double>(progress.octets) / progress.smss;
  if (!epoch_) begin_epoch(progress.now, cwnd);
  // §4.2, §5.8: the time does not include that in which the window was not in use.
  if (const auto since = std::exchange(unused_, std::nullopt)) *epoch_ += progress.now - *since;

  w_est_ += (w_est_ < cwnd_prior_ ? alpha : 1) * acked / cwnd;  // §4.3, figure 4
  const double t = seconds(progress.now - *epoch_);
  double growth = 0;
  if (window_at(t) < w_est_) {
    growth = std::max(0.0, w_est_ - cwnd);  // §4.3: the Reno-friendly region
  } else {
    // §4.4, §4.5: the concave and the convex region.
    const double target = std::clamp(window_at(t + seconds(progress.srtt.value_or(Duration{}))), cwnd, 1.5 * cwnd);
    growth = (target - cwnd) / cwnd * acked;
  }
  return static_cast<std::uint32_t>(std::min(growth, cwnd) * progress.smss);
}

std::uint32_t Cubic::decrease(const Congestion& congestion) {
  cwnd_prior_ = static_cast<double>(congestion.window) / congestion.smss;
  epoch_.reset();
  if (congestion.sign == Congestion::Sign::timeout)
    w_max_ = 0;  // §4.8: the next epoch's W_max is cwnd at its beginning
  else
    w_max_ = cwnd_prior_ < w_max_ ? cwnd_prior_ * (1 + beta) / 2 : cwnd_prior_;  // §4.7: fast convergence
  return static_cast<std::uint32_t>(beta * congestion.flight);                   // §4.6, figure 5
}

/// §4.9. Slow start leads to where cwnd was (RFC 4015), and a new epoch begins there.
void Cubic::undo() {
  w_max_ = cwnd_prior_;
  epoch_.reset();
}

void Cubic::not_limited_by_window(Instant now) {
  if (!unused_) unused_ = now;
}

}  // namespace handwave::tcp
