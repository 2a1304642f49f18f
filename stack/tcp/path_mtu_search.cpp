#include "stack/tcp/path_mtu_search.hpp"

#include <algorithm>
#include <array>

namespace handwave::tcp {
namespace {

/// §7.3: a probe that fails costs more than one that succeeds, so the search climbs, and only by sizes that links and
/// tunnels have: IPv6's least, what is left of 1500 by common tunnels (1400 to 1480) and by PPPoE (1492), Ethernet,
/// the larger links of RFC 1191 table 7-1, jumbo frames.
constexpr std::array<std::uint16_t, 17> steps{1006, 1280, 1360, 1400, 1420, 1440, 1450,  1460, 1472,
                                              1480, 1492, 1500, 4352, 8166, 9000, 17914, 32000};

/// §7.6.3: what a timeout repaired has cost more.
constexpr int timeout_headways = 5;

}  // namespace

/// The largest size first: where a host or a link was down for a while, there was no black hole, and it ends the search
/// at once.
std::optional<std::uint16_t> PathMtuSearch::candidate(std::uint16_t high) const {
  if (high <= low_) return std::nullopt;
  if (!high_failed_) return high;
  const auto* const step = std::ranges::upper_bound(steps, low_);
  return step == steps.end() || *step > high ? std::nullopt : std::optional{*step};
}

std::optional<std::uint16_t> PathMtuSearch::next_size(Instant now, std::uint16_t largest) {
  if (resumes_at_ && *resumes_at_ <= now) {  // §7.3: search_high is reset, since the path may have changed
    resumes_at_.reset();
    high_ = UINT16_MAX;
    high_failed_ = false;
  }
  // §7.4: no outstanding probe, and the probe timeout has expired.
  if (probe_ || verdict_at_ || resumes_at_ || now < not_before_) return std::nullopt;
  const auto size = candidate(std::min(high_, largest));
  if (!size) resumes_at_ = now + pause;  // §7.3: converged
  return size;
}

void PathMtuSearch::sent(MtuProbe probe, std::uint16_t size) {
  probe_ = probe;
  size_ = size;
}

bool PathMtuSearch::acknowledged(Instant now, Seq una, Seq nxt, Duration headway) {
  if (trial_ && trial_->until <= una) trial_.reset();
  if (probe_ && probe_->to <= una) {  // §7.6.1
    trial_ = Trial{.before = low_, .until = nxt + trial_packets * size_};
    low_ = size_;
    probe_.reset();
  }
  if (!verdict_at_ || una < *verdict_at_) return false;
  verdict_at_.reset();
  fail(now, size_, headway);
  return true;
}

void PathMtuSearch::fail(Instant now, std::uint16_t size, Duration headway) {
  high_ = static_cast<std::uint16_t>(size - 1);  // §7.6.2
  high_failed_ = true;
  not_before_ = now + headway;
}

void PathMtuSearch::lost_alone(Seq nxt) {
  verdict_at_ = nxt;
  probe_.reset();
}

/// §7.6.4, inconclusive: the same size is tried again. A probe that is still on its way tells no more, since what is
/// sent again of it cannot be told from it.
void PathMtuSearch::other_loss() {
  probe_.reset();
  verdict_at_.reset();
}

/// §7.6.2: search_high MAY be set from what a router says. It has said what fits, so that is tried at once.
bool PathMtuSearch::too_big(std::uint16_t mtu) {
  if (!probe_ || mtu < low_ || mtu >= size_) return false;
  other_loss();
  high_ = mtu;
  high_failed_ = false;
  return true;
}

bool PathMtuSearch::timed_out(Instant now, Seq una, Duration headway) {
  const bool failed = probe_ && probe_->from == una;  // §7.6.3: nothing before it was lost
  if (failed) fail(now, size_, timeout_headways * headway);
  other_loss();
  if (trial_ && ++trial_->timeouts == trial_timeouts) {  // §7.8
    fail(now, low_, timeout_headways * headway);
    low_ = trial_->before;
    trial_.reset();
  }
  return failed;
}

}  // namespace handwave::tcp
