// Deadlines, any of which may be missing.
#pragma once

#include <algorithm>
#include <optional>

#include "stack/time.hpp"

namespace handwave {

/// The earlier of the two; the one that is there; nothing if neither is.
inline std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace handwave
