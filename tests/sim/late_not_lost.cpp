// A path that stalls and goes on: what a sender takes for the loss of everything was only late. RFC 3522, RFC 4015.
#include <catch2/catch_test_macros.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

struct Stall {
  Duration lasts;
  Duration minimum_rto;
  std::uint64_t timeouts;  ///< that expire meanwhile, the probe having started the timer anew
};

constexpr Stall stalls[] = {
    {300ms, 1s, 0}, {500ms, 1s, 0}, {3s, 1s, 1}, {500ms, 200ms, 1}, {3s, 200ms, 3},
};

constexpr const char* links[] = {"delay=20ms,rate=100mbit", "delay=20ms,rate=20mbit"};

PairOptions options_for(const char* impairments, const Stall& stall) {
  PairOptions options{.impairments = impairments};
  options.config.minimum_rto = stall.minimum_rto;
  return options;
}

/// 4 MB are on their way, for 200 ms.
void start(Pair& pair) {
  pair.listen({});
  pair.connect({.octets = 4'000'000});
  pair.world().run_for(200ms);
}

}  // namespace

TEST_CASE("sim: ACKs that stall cost a probe and a segment a timeout, not a window", "[sim][recovery][RFC3522]") {
  for (const char* impairments : links) {
    for (const Stall& stall : stalls) {
      CAPTURE(impairments, stall.lasts, stall.minimum_rto);
      Pair pair(1, options_for(impairments, stall));
      start(pair);
      const ConnectionId connection = pair.near().connection(0);
      const auto before = pair.client().stack().status(connection);
      REQUIRE(before);
      pair.world().path(pair.server(), pair.client()).options.stalled_until = pair.world().now() + stall.lasts;
      pair.world().run_for(stall.lasts + 50ms);
      CHECK(pair.client().count(Counter::tcp_tail_loss_probes) == 1);
      CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == stall.timeouts);
      CHECK(pair.client().count(Counter::tcp_spurious_timeouts) == (stall.timeouts > 0));
      // The probe was new text. Nothing leaves again of what was only late.
      CHECK(pair.client().count(Counter::tcp_retransmitted_segments) == stall.timeouts);
      const auto after = pair.client().stack().status(connection);
      REQUIRE(after);
      CHECK(after->congestion_window >= before->congestion_window);
      CHECK(after->slow_start_threshold >= before->congestion_window);
      pair.finish();
      CHECK(pair.far().outcome(0).received == 4'000'000);
    }
  }
}

// A flight that arrives late and at one instant is answered by one ACK, of everything, with a D-SACK for the segment
// that was sent again: just as if all ACKs had been lost, which is congestion (RFC 3522 §3.3).
TEST_CASE("sim: a flight that stalls costs a window, but nothing of it is sent again", "[sim][recovery][RFC3522]") {
  for (const char* impairments : links) {
    for (const Stall& stall : stalls) {
      CAPTURE(impairments, stall.lasts, stall.minimum_rto);
      Pair pair(1, options_for(impairments, stall));
      start(pair);
      pair.world().path(pair.client(), pair.server()).options.stalled_until = pair.world().now() + stall.lasts;
      pair.world().run_for(stall.lasts + 50ms);
      CHECK(pair.client().count(Counter::tcp_tail_loss_probes) == 1);
      CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == stall.timeouts);
      CHECK(pair.client().count(Counter::tcp_spurious_timeouts) == 0);
      CHECK(pair.client().count(Counter::tcp_retransmitted_segments) == stall.timeouts);
      pair.finish();
      CHECK(pair.far().outcome(0).received == 4'000'000);
    }
  }
}

}  // namespace handwave::sim
