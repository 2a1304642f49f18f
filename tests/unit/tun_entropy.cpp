// The secret that unpredictable numbers are keyed with: RFC 6528 §4, RFC 4086.
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <set>
#include <vector>

#include "tun/entropy.hpp"

namespace handwave {

TEST_CASE("Secrets are the kernel's randomness: no two are alike, and all of what is asked for is filled",
          "[entropy][RFC6528][6528-4]") {
  CHECK(machine_secret() != machine_secret());
  // More than one call of getrandom() needs to give.
  std::vector<std::uint8_t> octets(100'000);
  machine_random(octets);
  std::set<std::vector<std::uint8_t>> pieces;
  for (auto piece = octets.begin(); piece != octets.end(); piece += 20) pieces.emplace(piece, piece + 20);
  CHECK(pieces.size() == octets.size() / 20);
}

}  // namespace handwave
