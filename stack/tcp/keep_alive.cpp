#include "stack/tcp/keep_alive.hpp"

#include <algorithm>
#include <chrono>

namespace handwave::tcp {
namespace {

// MUST-29 (§3.8.4): the failure to respond to any one probe proves nothing.
constexpr unsigned fewest_probes = 2;
// Waiting for no time at all would send all probes at once, and hang up before an answer could come.
constexpr Duration shortest_wait = std::chrono::milliseconds{1};
// As good as never, and no sum with an instant overflows.
constexpr Duration longest_wait = std::chrono::hours{24 * 366 * 100};

}  // namespace

void KeepAliveTimer::configure(Instant now, const KeepAlive& options) {
  options_ = options;
  options_.probes = std::max(options.probes, fewest_probes);
  options_.idle = std::clamp(options.idle, shortest_wait, longest_wait);
  options_.interval = std::clamp(options.interval, shortest_wait, longest_wait);
  heard(now);
}

void KeepAliveTimer::heard(Instant now) {
  next_ = now + options_.idle;
  unanswered_ = 0;
}

std::optional<Instant> KeepAliveTimer::deadline(bool outstanding) const {
  // MUST-25: off by default. MUST-26: only when no sent data is outstanding.
  if (!options_.enabled || outstanding) return std::nullopt;
  return next_;
}

KeepAliveTimer::Verdict KeepAliveTimer::handle_timeout(Instant now, bool outstanding) {
  const std::optional<Instant> when = deadline(outstanding);
  if (!when || now < *when) return Verdict::idle;
  if (unanswered_ >= options_.probes) return Verdict::dead;
  ++unanswered_;
  next_ = now + options_.interval;
  return Verdict::probe;
}

}  // namespace handwave::tcp
