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

Duration wait(Duration asked_for) { return std::clamp(asked_for, shortest_wait, longest_wait); }

}  // namespace

void KeepAliveTimer::heard(Instant now, const KeepAlive& options) {
  next_ = now + wait(options.idle);
  unanswered_ = 0;
}

std::optional<Instant> KeepAliveTimer::deadline(const KeepAlive& options, bool outstanding) const {
  // MUST-25: off by default. MUST-26: only when no sent data is outstanding.
  if (!options.enabled || outstanding) return std::nullopt;
  return next_;
}

KeepAliveTimer::Verdict KeepAliveTimer::handle_timeout(Instant now, const KeepAlive& options, bool outstanding) {
  const std::optional<Instant> when = deadline(options, outstanding);
  if (!when || now < *when) return Verdict::idle;
  if (unanswered_ >= std::max(options.probes, fewest_probes)) return Verdict::dead;
  ++unanswered_;
  next_ = now + wait(options.interval);
  return Verdict::probe;
}

}  // namespace handwave::tcp
