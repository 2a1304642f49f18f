// A path that becomes narrower than the interfaces at its ends: RFC 1191, RFC 8201, RFC 9293 §3.7.5.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {

using namespace std::chrono_literals;

TEST_CASE("sim: a transfer adapts when a router in the middle has a smaller MTU", "[sim][pmtu][SHLD-5]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  const std::size_t mtu = GENERATE(1280U, 1400U, 1492U);
  const char* impairments = GENERATE("delay=10ms", "loss=3%,delay=10ms");
  for (const std::uint64_t seed : seeds(3)) {
    Pair pair(seed, {.impairments = impairments, .family = family});
    pair.world().path(pair.client(), pair.server()).options.mtu = mtu;
    const auto [near, far] = pair.converse({.octets = 150'000}, {.octets = 1000});
    CHECK_FALSE(near.error);
    CHECK(far.received == 150'000);
    // The first flight was refused, and hardly anything after it.
    CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) < 10);
  }
}

TEST_CASE("sim: a transfer goes on when the path's MTU changes in the middle of it, twice", "[sim][pmtu]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  for (const std::uint64_t seed : seeds(3)) {
    Pair pair(seed, {.impairments = "delay=10ms,rate=5mbit", .family = family});
    pair.listen({});
    const std::size_t number = pair.connect({.octets = 1'000'000});
    pair.world().run_for(200ms);
    pair.world().path(pair.client(), pair.server()).options.mtu = 1450;
    pair.world().run_for(300ms);
    pair.world().path(pair.client(), pair.server()).options.mtu = 1300;
    pair.finish();
    const Outcome& near = pair.near().outcome(number);
    check_streams(pair.world(), near, pair.far_outcome(near));
    CHECK_FALSE(near.error);
    CHECK(pair.client().count(Counter::icmp_errors_delivered) >= 2);
  }
}

TEST_CASE("sim: over IPv4 a path may be as narrow as 576 octets", "[sim][pmtu]") {
  Pair pair(1, {.impairments = "delay=10ms"});
  pair.world().path(pair.client(), pair.server()).options.mtu = 576;
  const auto [near, far] = pair.converse({.octets = 50'000}, {});
  CHECK_FALSE(near.error);
  CHECK(far.received == 50'000);
}

}  // namespace handwave::sim
