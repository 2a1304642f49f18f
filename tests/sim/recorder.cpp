#include "tests/sim/recorder.hpp"

#include <algorithm>

namespace handwave::sim {
namespace {

/// What cannot be asked for any more stays as it is.
void update(Sample& sample, Pair& pair, std::size_t number) {
  const Outcome& outcome = pair.near().outcome(number);
  sample.delivered = pair.far_outcome(outcome).received;
  const auto status = pair.client().stack().status(pair.near().connection(number));
  if (!status) return;
  sample.window = status->congestion_window;
  sample.threshold = status->slow_start_threshold;
  if (status->smoothed_rtt)
    sample.smoothed_rtt = std::chrono::duration<double, std::milli>(*status->smoothed_rtt).count();
  const auto flow = pair.client().flows().find(outcome.sockets);
  if (flow == pair.client().flows().end()) return;
  const auto acknowledged = static_cast<std::uint32_t>(outcome.sent - status->awaiting_acknowledgment);
  sample.flight = static_cast<std::uint32_t>(std::max(0, flow->second.snd_max - (flow->second.iss + 1 + acknowledged)));
}

}  // namespace

std::vector<Sample> record(Pair& pair, std::size_t number, Duration time, Duration step) {
  std::vector<Sample> samples;
  Sample last;
  for (Duration passed = step; passed <= time; passed += step) {
    pair.world().run_for(step);
    last.seconds = std::chrono::duration<double>(passed).count();
    update(last, pair, number);
    samples.push_back(last);
  }
  return samples;
}

}  // namespace handwave::sim
