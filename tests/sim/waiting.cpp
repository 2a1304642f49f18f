// Peers that are slow, and peers that are gone: RFC 9293 §3.8.3, §3.8.4, §3.8.6.1.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

PairOptions small_buffers(const char* impairments) {
  PairOptions options{.impairments = impairments};
  options.connection.receive_buffer = 8000;
  options.connection.send_buffer = 16'000;
  return options;
}

}  // namespace

TEST_CASE("sim: a reader slower than the network closes the window again and again, and gets everything",
          "[sim][window][MUST-36]") {
  const char* impairments = GENERATE("delay=5ms", "loss=10%,reorder=5%,delay=5ms");
  const std::size_t read_size = GENERATE(200U, 5000U);
  for (const std::uint64_t seed : seeds(4)) {
    Pair pair(seed, small_buffers(impairments));
    const auto [near, far] = pair.converse({.octets = 60'000}, {.read_size = read_size, .read_interval = 300ms}, 3h);
    CHECK_FALSE(near.error);
    CHECK(far.received == 60'000);
  }
}

TEST_CASE("sim: a reader that sleeps for an hour keeps the connection by answering probes", "[sim][window][MUST-37]") {
  const char* impairments = GENERATE("delay=5ms", "loss=5%,delay=5ms");
  for (const std::uint64_t seed : seeds(3)) {
    Pair pair(seed, small_buffers(impairments));
    const auto [near, far] = pair.converse({.octets = 60'000}, {.read_after = 1h}, 3h);
    CHECK_FALSE(near.error);
    CHECK(far.received == 60'000);
    CHECK(pair.client().count(Counter::tcp_zero_window_probes) > 20);
    // Probes that double their distance: not more than one a minute and the first few.
    CHECK(pair.client().count(Counter::tcp_zero_window_probes) < 100);
  }
}

TEST_CASE("sim: a small window does not make small segments", "[sim][window][MUST-38][MUST-39]") {
  Pair pair(1, small_buffers("delay=5ms"));
  const auto [near, far] = pair.converse({.octets = 200'000}, {.read_size = 100, .read_interval = 2ms}, 3h);
  CHECK(far.received == 200'000);
  const Flow& flow = pair.client().flows().at(near.sockets);
  CHECK(flow.text_sent / flow.segments_sent > 700);
}

TEST_CASE("sim: a peer that vanishes in the middle of a transfer is given up on after the user timeout",
          "[sim][timeout][MUST-20]") {
  for (const std::uint64_t seed : seeds(5)) {
    PairOptions options{.impairments = "delay=10ms,rate=10mbit"};
    options.connection.user_timeout = 2min;
    Pair pair(seed, options);
    pair.listen({});
    const std::size_t number = pair.connect({.octets = 5'000'000});
    pair.world().run_for(1s);
    REQUIRE_FALSE(pair.near().outcome(number).closed);
    pair.server().vanish();
    const Instant gone = pair.client().now();
    REQUIRE(pair.world().run_until([&] { return pair.near().alive() == 0; }, 10min));
    const Outcome& outcome = pair.near().outcome(number);
    CHECK(outcome.error == TcpError::user_timeout);
    CHECK(outcome.notice);  // R1 was told before R2
    CHECK(outcome.ended - gone > 1min);
    CHECK(outcome.ended - gone < 4min);
  }
}

TEST_CASE("sim: an idle connection is kept alive as long as the peer answers, and ended when it vanishes",
          "[sim][keep-alive][MUST-26][MUST-29]") {
  for (const std::uint64_t seed : seeds(5)) {
    PairOptions options{.impairments = "loss=10%,delay=10ms"};
    options.connection.keep_alive = {.enabled = true, .idle = 1min, .interval = 10s, .probes = 9};
    Pair pair(seed, options);
    pair.listen({.close = false});
    const std::size_t number = pair.connect({.octets = 1000, .close = false});
    pair.world().run_for(1h);
    CHECK_FALSE(pair.near().outcome(number).closed);
    CHECK(pair.client().count(Counter::tcp_keep_alives_sent) > 20);
    pair.server().vanish();
    pair.world().run_for(3min);
    CHECK(pair.near().outcome(number).error == TcpError::keep_alive_timeout);
  }
}

TEST_CASE("sim: without keep-alives an idle connection sends nothing at all", "[sim][keep-alive][MUST-25]") {
  Pair pair(1, {});
  pair.listen({.close = false});
  const std::size_t number = pair.connect({.octets = 1000, .close = false});
  pair.world().run_for(1min);
  const std::uint64_t packets = pair.world().packets();
  pair.world().run_for(24h);
  CHECK(pair.world().packets() == packets);
  CHECK_FALSE(pair.near().outcome(number).closed);
}

TEST_CASE("sim: an OPEN to a host that is not there is given up on after three minutes or more", "[sim][MUST-23]") {
  Pair pair(1, {});
  pair.server().vanish();
  const std::size_t number = pair.connect({});
  const Instant begin = pair.client().now();
  REQUIRE(pair.world().run_until([&] { return pair.near().alive() == 0; }, 1h));
  CHECK(pair.near().outcome(number).error == TcpError::user_timeout);
  CHECK(pair.near().outcome(number).ended - begin >= 3min);
  CHECK(pair.near().outcome(number).ended - begin < 5min);
}

}  // namespace handwave::sim
