// Octets in bulk, each way, through networks of every kind: RFC 9293 §3.4, §3.8.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <string>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

void transfer(std::uint64_t seed, const PairOptions& options, std::uint64_t up, std::uint64_t down) {
  Pair pair(seed, options);
  const Plan client{.octets = up};
  const Plan server{.octets = down};
  const auto [near, far] = pair.converse(client, server);
  INFO("seed " << seed << ", " << options.impairments);
  CHECK_FALSE(near.error);
  CHECK_FALSE(far.error);
  CHECK(near.received == down);
  CHECK(far.received == up);
}

}  // namespace

TEST_CASE("sim: bulk transfers arrive exactly once and in order, whatever one bad habit the network has",
          "[sim][bulk]") {
  const std::string habit =
      GENERATE("delay=10ms", "delay=0ms", "loss=1%,delay=10ms", "loss=5%,delay=10ms", "loss=15%,delay=10ms",
               "reorder=2%,delay=10ms", "reorder=20%,delay=10ms", "duplicate=1%,delay=10ms", "duplicate=25%,delay=10ms",
               "corrupt=2%,delay=10ms", "delay=100ms,jitter=40ms", "delay=5ms,rate=10mbit", "delay=5ms,rate=500kbit",
               "in.loss=10%,delay=10ms", "out.loss=10%,delay=10ms");
  for (const std::uint64_t seed : seeds(4)) transfer(seed, {.impairments = habit}, 200'000, 0);
  for (const std::uint64_t seed : seeds(2)) transfer(seed, {.impairments = habit}, 0, 200'000);
  for (const std::uint64_t seed : seeds(2)) transfer(seed, {.impairments = habit}, 100'000, 100'000);
}

TEST_CASE("sim: bulk transfers survive all bad habits together, over both families", "[sim][bulk]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  for (const std::uint64_t seed : seeds(12, 100)) {
    transfer(seed,
             {.impairments = "loss=5%,reorder=2%,duplicate=1%,corrupt=0.5%,delay=20ms,jitter=5ms,rate=20mbit",
              .family = family},
             120'000, 120'000);
  }
}

TEST_CASE("sim: super-segments carry bulk transfers whole", "[sim][bulk][gso]") {
  for (const std::uint64_t seed : seeds(4))
    transfer(seed, {.impairments = "delay=2ms", .super_segments = true}, 2'000'000, 1'000'000);
}

TEST_CASE("sim: sequence numbers wrap at 2^31 and 2^32 in the middle of a transfer", "[sim][bulk][seq]") {
  const Seq near = GENERATE(Seq{0x7fff'f000}, Seq{0xffff'f000}, Seq{0xffff'ffff}, Seq{0x7fff'ffff});
  const Seq far = GENERATE(Seq{0x7fff'8000}, Seq{0xffff'8000});
  for (const std::uint64_t seed : seeds(2))
    transfer(seed, {.impairments = "loss=4%,reorder=4%,duplicate=2%,delay=10ms", .client_isn = near, .server_isn = far},
             100'000, 100'000);
}

TEST_CASE("sim: octets written one at a time arrive, with Nagle and without", "[sim][bulk][MUST-17]") {
  const bool nagle = GENERATE(true, false);
  for (const std::uint64_t seed : seeds(3)) {
    PairOptions options{.impairments = "loss=3%,delay=10ms"};
    options.connection.nagle = nagle;
    Pair pair(seed, options);
    const auto [near, far] = pair.converse({.octets = 3000, .write_size = 1}, {.octets = 0});
    CHECK(far.received == 3000);
    CHECK_FALSE(near.error);
  }
}

TEST_CASE("sim: buffers smaller than a segment still carry everything", "[sim][bulk]") {
  const std::size_t size = GENERATE(1U, 100U, 536U, 3000U);
  for (const std::uint64_t seed : seeds(2)) {
    PairOptions options{.impairments = "loss=2%,delay=2ms"};
    options.connection.receive_buffer = size;
    options.connection.send_buffer = size;
    transfer(seed, options, size < 100 ? 100 : 20'000, 1000);
  }
}

TEST_CASE("sim: buffers grow until a path of 100 ms is full", "[sim][bulk][buffers]") {
  constexpr double rate = 100e6;  // 1.25 MB are under way
  const auto share = [](const ConnectionOptions& connection) {
    PairOptions options{.impairments = "delay=50ms,rate=100mbit", .connection = connection};
    Pair pair(1, options);
    pair.listen({});
    const std::size_t number = pair.connect({.octets = std::uint64_t{1} << 40});
    pair.world().run_for(3s);
    const std::uint64_t before = pair.far_outcome(pair.near().outcome(number)).received;
    pair.world().run_for(2s);
    const std::uint64_t after = pair.far_outcome(pair.near().outcome(number)).received;
    return static_cast<double>(after - before) * 8 / (2 * rate);
  };
  constexpr BufferSize growing = BufferSize::growing(1U << 18, 1U << 23);
  CHECK(share({.send_buffer = growing, .receive_buffer = growing}) > 0.9);
  constexpr std::size_t fixed = std::size_t{1} << 19;  // a number that was set is kept
  CHECK(share({.receive_buffer = fixed}) < 0.5);
  CHECK(share({.send_buffer = fixed}) < 0.5);
}

TEST_CASE("sim: the buffers of all connections together grow to a limit, and those that end make room",
          "[sim][bulk][buffers]") {
  constexpr std::uint32_t initial = 1U << 18;
  constexpr std::uint32_t limit = 1U << 20;
  PairOptions options{.impairments = "delay=50ms,rate=100mbit"};
  options.connection.receive_buffer = options.connection.send_buffer = BufferSize::growing(initial, 1U << 23);
  options.config.max_buffer_growth = limit;
  Pair pair(1, options);
  pair.listen({});
  const auto windows = [&](std::size_t first) {
    std::uint64_t sum = 0;
    for (std::size_t i = first; i < pair.far().count(); ++i) {
      const auto status = pair.server().stack().status(pair.far().connection(i));
      if (status) sum += status->receive_window;
    }
    return sum;
  };
  for (int i = 0; i < 3; ++i) pair.connect({.octets = 10'000'000});
  pair.world().run_for(2s);
  CHECK(windows(0) > 3 * initial + limit / 2);
  CHECK(windows(0) <= 3 * initial + limit);
  CHECK(pair.client().count(Counter::tcp_buffer_growth_refused) > 0);
  pair.finish();
  const std::size_t number = pair.connect({.octets = 20'000'000});
  pair.world().run_for(1500ms);
  CHECK(windows(3) > initial + limit / 2);
  pair.finish();
  CHECK(pair.far_outcome(pair.near().outcome(number)).received == 20'000'000);
}

}  // namespace handwave::sim
