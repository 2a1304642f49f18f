// Seeded random values of everything that goes over the wire, for property tests: the same seed throws the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "stack/address.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// Uniform among all numbers from `low` to `high`, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + engine_() % (high - low + 1); }
  /// True once in `n` throws.
  bool one_in(std::uint64_t n) { return engine_() % n == 0; }
  template <class Integer>
  Integer any() {
    return static_cast<Integer>(engine_());
  }
  /// Any number, but often one at which something wraps: 0, 2^31 and 2^32 with their neighbours.
  std::uint32_t near_a_wrap();

  std::vector<std::uint8_t> octets(std::size_t size);
  IpAddress v4();
  IpAddress v6();  ///< often with zeros in it

  wire::TcpFlags flags();
  /// Options that all fit a header together, so that what is written is read back whole.
  wire::TcpOptions options();
  wire::TcpHeader tcp();
  wire::Ipv4Header ipv4();  ///< 20 octets; total_length is left for the caller
  wire::Ipv6Header ipv6();  ///< payload_length is left for the caller

 private:
  std::mt19937_64 engine_;
};

}  // namespace handwave::test
