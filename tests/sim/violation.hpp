// An invariant that does not hold, with all that is needed to see why: what, the seed, the ladder.
#pragma once

#include <stdexcept>
#include <string>

namespace handwave::sim {

class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace handwave::sim
