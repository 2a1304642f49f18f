// The user timeout option: RFC 5482 §3. One end tells the other how long it waits for an acknowledgment before it gives
// the connection up, and the other may wait as long.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave::tcp {

/// L_LIMIT (§3.1): no less than 100 seconds, and more than any RTO, which is a minute at most.
inline constexpr Duration shortest_user_timeout = std::chrono::seconds{100};

/*
      0                   1
      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
     |G|        User Timeout         |
     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
/// What the option says, §3.3: minutes if G is set, else seconds. §3.4: zero is reserved, and means nothing.
constexpr std::optional<Duration> user_timeout_of(std::uint16_t field) {
  const unsigned count = field & 0x7fffU;
  if (count == 0) return std::nullopt;
  if ((field & 0x8000U) != 0) return std::chrono::minutes{count};
  return std::chrono::seconds{count};
}

/// The field that says `timeout`, rounded up; never zero (§3.4), and no more than it can say: 22 days.
constexpr std::uint16_t user_timeout_field(Duration timeout) {
  constexpr std::int64_t most = 0x7fff;
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
  if (seconds <= most) return static_cast<std::uint16_t>(std::max<std::int64_t>(seconds, 1));
  return static_cast<std::uint16_t>(0x8000 | std::min((seconds + 59) / 60, most));
}

/// §3.1: USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)).
constexpr Duration adopted_user_timeout(Duration advertised, Duration remote, Duration upper_limit) {
  return std::min(upper_limit, std::max({advertised, remote, shortest_user_timeout}));
}

}  // namespace handwave::tcp
