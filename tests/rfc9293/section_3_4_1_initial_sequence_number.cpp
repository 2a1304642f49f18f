// RFC 9293 §3.4.1: the choice of initial sequence numbers, seen from outside.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>
#include <set>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{24h};

FourTuple sockets_to(std::uint16_t port) {
  return {{host_endpoint_v4.address, 50'001}, {peer_endpoint_v4.address, port}};
}

/// The sequence number of the SYN that a host with this secret sends at `when`.
Seq isn(Instant when, std::uint64_t seed = 1, std::uint16_t remote_port = 7) {
  Host host(default_config(), secret_from_seed(seed), when);
  OpenOptions options;
  options.local_port = 50'001;
  REQUIRE(host.connects(sockets_to(remote_port).remote, options));
  REQUIRE(host.answers().size() == 1);
  REQUIRE(host.answers().front().flags == SYN);
  return host.answers().front().seq;
}

/// The same of the SYN,ACK.
Seq passive_isn(Instant when, std::uint64_t seed = 1) {
  Host host(default_config(), secret_from_seed(seed), when);
  REQUIRE(host.listens());
  ScriptedPeer peer(host, {host_endpoint_v4, peer_endpoint_v4}, Seq{4711});
  peer.sends(syn());
  return peer.expects(syn_ack()).seq;
}

}  // namespace

TEST_CASE("RFC 9293 §3.4.1: the initial sequence number goes up every four microseconds",
          "[3.4.1][MUST-8][SHLD-1][6528-3-a]") {
  const Seq first = isn(start);
  CHECK(isn(start + 3us) == first);
  CHECK(isn(start + 4us) == first + 1);
  CHECK(isn(start + 40us) == first + 10);
  CHECK(isn(start + 1s) == first + 250'000);
  CHECK(isn(start + 1h) == first + 900'000'000);
}

TEST_CASE("RFC 9293 §3.4.1: so it does for a passive OPEN", "[3.4.1][MUST-8][SHLD-1][6528-3-a]") {
  const Seq first = passive_isn(start);
  CHECK(passive_isn(start + 4us) == first + 1);
  CHECK(passive_isn(start + 1s) == first + 250'000);
}

TEST_CASE("RFC 9293 §3.4.1: the numbers come round once in about 4.55 hours", "[3.4.1][MUST-8]") {
  const Duration cycle = 4us * (std::int64_t{1} << 32);
  CHECK(isn(start + cycle / 2) == isn(start) + 0x8000'0000U);
  CHECK(isn(start + cycle) == isn(start));
  CHECK(cycle > 4h + 30min);
  CHECK(cycle < 5h);
}

TEST_CASE("RFC 9293 §3.4.1: a host that has restarted goes on with its numbers", "[3.4.1][SHLD-1]") {
  // Each call is a host of its own, with nothing in common but the secret and the time.
  CHECK(isn(start + 10min) - isn(start) == 150'000'000);
}

TEST_CASE("RFC 9293 §3.4.1: the numbers of one connection tell nothing about those of another",
          "[3.4.1][MUST-9][SHLD-1][6528-3-b]") {
  std::set<std::uint32_t> distances_by_port;
  std::set<std::uint32_t> distances_by_secret;
  for (std::uint16_t i = 0; i < 32; ++i) {
    const auto port = static_cast<std::uint16_t>(7 + i);
    distances_by_port.insert(isn(start, 1, static_cast<std::uint16_t>(port + 1)).value() - isn(start, 1, port).value());
    distances_by_secret.insert(isn(start, 100 + i, 8).value() - isn(start, 100 + i, 7).value());
  }
  CHECK(distances_by_port.size() == 32);    // no constant step from socket to socket
  CHECK(distances_by_secret.size() == 32);  // nor one that does not depend on the secret
}

}  // namespace handwave::test
