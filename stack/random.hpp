// Unpredictable numbers from a secret that was handed in: SipHash-2-4 (Aumasson and Bernstein, 2012) as the keyed
// function for initial sequence numbers and hash tables, and, over a counter, as the generator.
#pragma once

#include <array>
#include <cstdint>

#include "stack/bytes.hpp"

namespace handwave {

/// 256 bits from the machine's entropy source (or from a seed, in a simulation). A stack needs one, once.
using Secret = std::array<std::uint8_t, 32>;

/// The 128-bit key of SipHash.
struct SipKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// SipHash-2-4 of `message` under `key`.
std::uint64_t siphash(SipKey key, Bytes message);

/// A deterministic random bit generator: SipHash of a counter under a key taken from the secret. A value: copies go on
/// with the same numbers.
class Random {
 public:
  explicit Random(const Secret& secret);

  std::uint64_t next();
  /// Uniform in [0, bound); `bound` is at least 1.
  std::uint64_t below(std::uint64_t bound);
  /// A fresh key, for a hash table or a keyed function of its own.
  SipKey key() { return {next(), next()}; }

 private:
  SipKey key_;
  std::uint64_t counter_ = 0;
};

/// A secret spread from one number, for simulations and tests: the same seed gives the same world.
Secret secret_from_seed(std::uint64_t seed);

}  // namespace handwave
