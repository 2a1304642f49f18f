#include "stack/tcp/challenge_ack.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace handwave::tcp {

bool ChallengeAckLimit::allow(Instant now) {
  const auto second =
      static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  const std::uint32_t passed = std::min<std::uint32_t>(second - second_, slots);
  std::shift_right(counts_.begin(), counts_.end(), static_cast<std::ptrdiff_t>(passed));
  std::fill_n(counts_.begin(), passed, std::uint8_t{0});
  second_ = second;
  if (std::accumulate(counts_.begin(), counts_.end(), 0U) >= most) return false;
  ++counts_[0];
  return true;
}

}  // namespace handwave::tcp
