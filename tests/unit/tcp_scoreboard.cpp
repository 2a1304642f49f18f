// The scoreboard's limits: what a peer can make it hold, and what it hears at the limit. RFC 6675 §4, RFC 8985 §6.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>

#include "stack/tcp/recovery/scoreboard.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
constexpr Seq iss{0xffff'f000};  // everything here passes 2^32
constexpr std::uint32_t smss = 1000;

}  // namespace

TEST_CASE("RFC 8985 §6.2: what is sent again without end takes no memory without end", "[scoreboard][limits]") {
  const Flight flight{iss, iss + 10 * smss, smss, 40ms};
  Scoreboard board(iss);
  Instant now = start;
  board.sent(now, iss, flight.nxt, iss);
  board.sent(now += 40ms, flight.nxt - smss, flight.nxt, flight.nxt);  // a probe, of which nothing is heard
  for (int round = 0; round < 100'000; ++round) {
    board.mark_lost(iss, iss + smss);
    board.sent(now += 1ms, iss, iss + smss, flight.nxt);
  }
  CHECK(board.memory() < 100'000);
  CHECK(board.pipe(flight) == flight.size());
  // RACK still finds what was sent before a segment that has arrived: both of these, and nothing twice.
  Rack rack;
  rack.delivered(now + 60ms, {{now + 20ms, iss + 5 * smss}, false}, {});
  rack.acknowledged(now + 60ms, iss, flight.nxt, false, false);
  CHECK(board.detect_loss(now + 60ms, flight, rack, {}).lost == flight.size());
}

}  // namespace handwave::tcp
