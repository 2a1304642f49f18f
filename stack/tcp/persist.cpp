#include "stack/tcp/persist.hpp"

#include <algorithm>

namespace handwave::tcp {

void Persist::start(Instant now, Duration rto) {
  if (running()) return;
  interval_ = std::min(rto, longest);
  deadline_ = now + interval_;
}

void Persist::probed(Instant now) {
  interval_ = std::min(2 * interval_, longest);
  deadline_ = now + interval_;
}

}  // namespace handwave::tcp
