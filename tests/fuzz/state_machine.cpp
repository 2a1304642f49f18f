// The TCP state machine at the mercy of its peer, its user and the time, with the reference model beside it
// (tests/oracle/walk.hpp reads the input). Invariants: after every step the rules of tests/oracle/rules.hpp hold, and
// the stack is where the model of RFC 9293 §3.10 is. A rule that is broken is named, behind the history that led to it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/oracle/lockstep.hpp"
#include "tests/oracle/matrix.hpp"
#include "tests/oracle/walk.hpp"

using namespace handwave;

namespace {

/// The cells of state and event that an input reaches count for libFuzzer as code does.
__attribute__((section("__libfuzzer_extra_counters"), used)) std::uint8_t cells[oracle::cell_count];

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    oracle::walk({data, size}, false);
  } catch (const oracle::Broken&) {
    try {
      oracle::walk({data, size}, true);  // the same again, this time with its history
    } catch (const oracle::Broken& broken) {
      std::fputs(broken.what(), stderr);
    }
    std::abort();
  }
  std::ranges::copy(oracle::matrix().take_latest(), cells);
  return 0;
}
