// The scoreboard's limits: what a peer can make it hold, and what it hears at the limit. RFC 6675 §4, RFC 8985 §6.
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <vector>

#include "stack/tcp/recovery/scoreboard.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1h};
constexpr Seq iss{0xffff'f000};  // everything here passes 2^32
constexpr std::uint32_t smss = 1000;

}  // namespace

TEST_CASE("RFC 2883 §5: what the first block says of duplicates, by the acknowledgment number beside it",
          "[scoreboard][RFC2883][2883-5-a][2883-5-b]") {
  // SND.UNA is beyond what some of these ACKs say, which were overtaken.
  const Flight flight{iss + 5 * smss, iss + 10 * smss, smss, 40ms};
  Scoreboard board(iss);
  Rack rack;
  board.sent(start, iss, flight.nxt, iss);
  const auto is_duplicate = [&](Seq ack, std::vector<wire::SackBlock> blocks) {
    return board.update({.now = start + 40ms, .before = flight.una, .ack = ack, .blocks = blocks}, flight, rack)
        .duplicate.has_value();
  };
  const wire::SackBlock third{iss + 2 * smss, iss + 3 * smss};
  const wire::SackBlock third_to_sixth{iss + 2 * smss, iss + 6 * smss};
  CHECK(is_duplicate(flight.una, {third}));
  CHECK(is_duplicate(third.right, {third}));
  CHECK_FALSE(is_duplicate(iss + smss, {third}));
  CHECK(is_duplicate(iss + smss, {third, third_to_sixth}));
  CHECK_FALSE(is_duplicate(iss + smss, {third_to_sixth, third}));
  CHECK_FALSE(is_duplicate(flight.una, {}));
  CHECK_FALSE(is_duplicate(flight.una, {{third.right, third.left}}));
  CHECK_FALSE(is_duplicate(iss + smss, {{third.right, third.left}, third_to_sixth}));
}

TEST_CASE("RFC 6675 §4: pipe counts what is neither SACKed, nor lost since it was sent last",
          "[scoreboard][RFC6675][6675-4-c]") {
  const Flight flight{iss, iss + 10 * smss, smss, 40ms};
  Scoreboard board(iss);
  Rack rack;
  board.sent(start, iss, flight.nxt, iss);
  CHECK(board.pipe(flight) == 10 * smss);
  const std::vector<wire::SackBlock> blocks{{iss + 4 * smss, iss + 7 * smss}};
  board.update({.now = start + 40ms, .before = iss, .ack = iss, .blocks = blocks}, flight, rack);
  CHECK(board.pipe(flight) == 7 * smss);
  board.mark_lost(iss, iss + 5 * smss);
  CHECK(board.pipe(flight) == 3 * smss);
  board.sent(start + 40ms, iss, iss + smss, flight.nxt);
  CHECK(board.pipe(flight) == 4 * smss);
}

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

TEST_CASE("RFC 6675 §4: with as many ranges as there may be, those that are there still grow", "[scoreboard][limits]") {
  constexpr std::uint32_t step = 4;  // octets from one range to the next, each of one octet
  const Flight flight{iss, iss + step * Scoreboard::max_ranges + 100, smss, 40ms};
  Scoreboard board(iss);
  Rack rack;
  board.sent(start, iss, flight.nxt, iss);
  const auto reported = [&](Seq left, Seq right) {
    Acknowledgment ack{.now = start + 40ms, .before = iss, .ack = iss};
    const wire::SackBlock block{left, right};
    ack.blocks = {&block, 1};
    return board.update(ack, flight, rack).newly_sacked;
  };
  for (std::uint32_t n = 1; n <= Scoreboard::max_ranges; ++n)
    REQUIRE(reported(iss + step * n, iss + (step * n + 1)) == 1);
  CHECK(reported(iss + step + 2, iss + step + 3) == 0);      // one more
  CHECK(reported(iss + step, iss + step + 2) == 1);          // longer at its end, as the text arrives
  CHECK(reported(iss + 2 * step - 1, iss + 2 * step) == 1);  // longer at its front
  CHECK(reported(iss + 3 * step - 1, iss + 3 * step + 2) == 2);
  CHECK(reported(iss + 4 * step, iss + 6 * step + 1) == 6);      // three joined
  CHECK(reported(iss + 8 * step + 2, iss + 8 * step + 3) == 1);  // for which there is room now
}

}  // namespace handwave::tcp
