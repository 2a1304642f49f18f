// A path that swallows packets which are too big for it, and no router says so: RFC 4821.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

void swallow_above(Pair& pair, std::size_t mtu) {
  PathOptions& path = pair.world().path(pair.client(), pair.server()).options;
  path.mtu = mtu;
  path.swallows = true;
}

/// The MSS that packets of `mtu` octets leave: without IP's header, TCP's, and timestamps.
std::uint16_t mss_of(std::uint16_t mtu, IpAddress::Family family) {
  return static_cast<std::uint16_t>(mtu - (family == IpAddress::Family::v4 ? 20 : 40) - 20 - 12);
}

std::uint16_t mss_of(Pair& pair) {
  const auto status = pair.client().stack().status(pair.near().connection(0));
  REQUIRE(status);
  return status->effective_mss;
}

}  // namespace

TEST_CASE(
    "sim: a transfer into a black hole goes on after three timeouts, and then in packets that nearly fill the path",
    "[sim][pmtu][4821-7.7-a][4821-7.2-b][4821-7.6.1][4821-7.3-a]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  const auto mtu = GENERATE(as<std::uint16_t>{}, 1280, 1405, 1492);
  Pair pair(1, {.impairments = "delay=10ms,rate=5mbit", .family = family});
  swallow_above(pair, mtu);
  pair.listen({});
  pair.connect({.octets = std::uint64_t{1} << 40});
  const auto received = [&] { return pair.far().count() == 0 ? 0 : pair.far().outcome(0).received; };
  CHECK(pair.world().run_until([&] { return received() > 0; }, 8s));  // RTOs of 1, 2 and 4 s
  CHECK(pair.client().count(Counter::tcp_path_mtu_black_holes) == 1);
  CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == 3);
  pair.world().run_for(30s);
  CHECK(mss_of(pair) == mss_of(mtu == 1405 ? 1400 : mtu, family));
  CHECK(received() > 25 * 5'000'000 / 8);
  CHECK(pair.client().count(Counter::tcp_path_mtu_probes_lost) <= 2);
  // The probes that were lost cost no timeout, and no recovery.
  CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == 3);
}

TEST_CASE("sim: a transfer comes out of a black hole whatever else is lost", "[sim][pmtu][4821-7.6.4][4821-4-a]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  const char* impairments = GENERATE("delay=10ms", "loss=3%,delay=10ms", "loss=5%,reorder=5%,delay=30ms,rate=10mbit");
  const bool sack = GENERATE(true, false);
  PairOptions options{.impairments = impairments, .family = family};
  options.config.selective_acknowledgment = sack;
  for (const std::uint64_t seed : seeds(5)) {
    Pair pair(seed, options);
    swallow_above(pair, 1400);
    const auto [near, far] = pair.converse({.octets = 1'000'000}, {.octets = 1000}, 10min);
    CHECK_FALSE(near.error);
    CHECK(far.received == 1'000'000);
    CHECK(pair.client().count(Counter::tcp_path_mtu_black_holes) > 0);
  }
}

TEST_CASE("sim: a black hole on a path narrower than the base costs one timeout more", "[sim][pmtu][4821-7.7-b]") {
  const std::size_t mtu = GENERATE(552U, 576U, 1000U);
  for (const std::uint64_t seed : seeds(2)) {
    Pair pair(seed, {.impairments = "delay=10ms"});
    swallow_above(pair, mtu);
    const auto [near, far] = pair.converse({.octets = 300'000}, {}, 2min);
    CHECK_FALSE(near.error);
    CHECK(far.received == 300'000);
    CHECK(pair.client().count(Counter::tcp_path_mtu_black_holes) == 2);
  }
}

TEST_CASE("sim: the base and the search can be chosen", "[sim][pmtu][4821-7.2-c]") {
  PairOptions options{.impairments = "delay=10ms,rate=1mbit"};
  options.config.base_path_mtu = 1400;
  Pair chosen(1, options);
  swallow_above(chosen, 1400);
  chosen.listen({});
  chosen.connect({.octets = std::uint64_t{1} << 40});
  chosen.world().run_for(8s);
  CHECK(chosen.client().count(Counter::tcp_path_mtu_black_holes) == 1);
  CHECK(mss_of(chosen) == mss_of(1400, IpAddress::Family::v4));
  // Without the search nothing ever comes through.
  options.config.path_mtu_search = false;
  Pair off(1, options);
  swallow_above(off, 1400);
  off.listen({});
  off.connect({.octets = 100'000});
  off.world().run_for(6min);
  CHECK(off.near().outcome(0).error == TcpError::user_timeout);
  CHECK(off.far().outcome(0).received == 0);
  CHECK(off.client().count(Counter::tcp_path_mtu_black_holes) == 0);
}

TEST_CASE("sim: a path that becomes a black hole in the middle of a transfer, and wider again, is followed",
          "[sim][pmtu][4821-7.3-b][4821-7.7-a]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Pair pair(1, {.impairments = "delay=10ms,rate=200kbit", .family = family});
  pair.listen({});
  pair.connect({.octets = std::uint64_t{1} << 40});
  pair.world().run_for(2s);
  CHECK(mss_of(pair) == mss_of(1500, family));
  CHECK(pair.client().count(Counter::tcp_path_mtu_probes) == 0);  // what works is left alone
  swallow_above(pair, 1420);
  pair.world().run_for(2min);
  CHECK(mss_of(pair) == mss_of(1420, family));
  CHECK(pair.client().count(Counter::tcp_path_mtu_black_holes) == 1);
  pair.world().path(pair.client(), pair.server()).options.mtu = 65535;
  pair.world().run_for(5min);
  CHECK(mss_of(pair) == mss_of(1420, family));
  pair.world().run_for(10min);
  CHECK(mss_of(pair) == mss_of(1500, family));
}

TEST_CASE("sim: what a router has said about a path is tried again by a connection that lives on",
          "[sim][pmtu][4821-7.3-b][4821-7.6.2-e]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  Pair pair(1, {.impairments = "delay=10ms,rate=200kbit", .family = family});
  std::size_t& mtu = pair.world().path(pair.client(), pair.server()).options.mtu;
  mtu = 1300;
  pair.listen({});
  pair.connect({.octets = std::uint64_t{1} << 40});
  pair.world().run_for(9min);
  CHECK(mss_of(pair) == mss_of(1300, family));
  CHECK(pair.client().count(Counter::tcp_path_mtu_probes) == 0);
  mtu = 1470;  // the router says so of the first probe, which asks for more
  pair.world().run_for(3min);
  CHECK(mss_of(pair) == mss_of(1470, family));
  CHECK(pair.client().count(Counter::tcp_path_mtu_probes) == 2);
  CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("sim: after an outage the packets are soon as large as before", "[sim][pmtu][4821-7.7-a]") {
  Pair pair(1, {.impairments = "delay=10ms,rate=20mbit"});
  pair.listen({});
  pair.connect({.octets = std::uint64_t{1} << 40});
  pair.world().run_for(1s);
  Path& path = pair.world().path(pair.client(), pair.server());
  path.options.loses = [](const test::TcpPacket&) { return true; };
  pair.world().run_for(20s);
  path.options.loses = nullptr;
  CHECK(mss_of(pair) < mss_of(1024, IpAddress::Family::v4));
  pair.world().run_for(20s);
  CHECK(mss_of(pair) == mss_of(1500, IpAddress::Family::v4));
  CHECK(pair.client().count(Counter::tcp_path_mtu_probes) == 1);
}

}  // namespace handwave::sim
