// A path that stalls and goes on: what a sender takes for the loss of everything was only late. RFC 3522, RFC 4015.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {

using namespace std::chrono_literals;

TEST_CASE("sim: a path that stalls for seconds costs a few segments, not a window", "[sim][recovery][RFC3522]") {
  for (const std::uint64_t seed : seeds(4)) {
    Pair pair(seed, {.impairments = "delay=20ms,rate=100mbit"});
    pair.listen({});
    pair.connect({.octets = 4'000'000});
    pair.world().run_for(200ms);
    const ConnectionId connection = pair.near().connection(0);
    const auto before = pair.client().stack().status(connection);
    REQUIRE(before);
    const auto sent_again = pair.client().count(Counter::tcp_retransmitted_segments);
    pair.world().path(pair.client(), pair.server()).options.stalled_until = pair.world().now() + 3s;
    pair.world().run_for(3100ms);
    CHECK(pair.client().count(Counter::tcp_spurious_timeouts) == 1);
    // The probe, and one segment a timeout: nothing of what was only late.
    CHECK(pair.client().count(Counter::tcp_retransmitted_segments) - sent_again <= 4);
    const auto after = pair.client().stack().status(connection);
    REQUIRE(after);
    CHECK(after->slow_start_threshold >= before->congestion_window / 2);
    pair.finish();
    CHECK(pair.far().outcome(0).received == 4'000'000);
  }
}

}  // namespace handwave::sim
