// The seed decides every octet of a session (tests/determinism): what the simulator of whole applications rests on.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <string>

#include "tests/determinism/cryptography.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

using namespace handwave;
using namespace handwave::test;
using namespace std::chrono_literals;

namespace {

/// Everything that both sides send in a handshake and an exchange.
std::string wire(std::uint64_t seed, tls::Version version) {
  reseed_cryptography(seed);
  auto with_server = server_options();
  with_server.highest = version;
  with_server.random = seeded_random(seed);
  auto with_client = client_options();
  with_client.random = seeded_random(seed + 1);
  TlsPair pair(with_server, with_client);
  std::string all;
  pair.client.shake({});
  while (!pair.client.sent.empty() || !pair.server.sent.empty()) {
    const auto from_client = pair.client.take();
    all.append(from_client.begin(), from_client.end());
    pair.server.shake(from_client);
    const auto from_server = pair.server.take();
    all.append(from_server.begin(), from_server.end());
    pair.client.shake(from_server);
  }
  REQUIRE(pair.server.session.established());
  REQUIRE(pair.client.session.established());
  REQUIRE(pair.server.session.write(octets("the same secret")));
  all.append(pair.server.sent.begin(), pair.server.sent.end());
  return all;
}

}  // namespace

TEST_CASE("the same seed gives the same octets on the wire, another seed others", "[tls][determinism]") {
  const tls::Version version = GENERATE(tls::Version::tls1_2, tls::Version::tls1_3);
  (void)server_identity();  // made before the seed is set, so that both runs begin alike
  set_cryptography_time(std::chrono::sys_days{2025y / 6 / 1});
  const std::string first = wire(1, version);
  CHECK(first.size() > 500);
  CHECK(wire(1, version) == first);
  CHECK(wire(2, version) != first);
  set_cryptography_time(std::nullopt);
}
