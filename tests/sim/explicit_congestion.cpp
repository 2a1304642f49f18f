// A network that marks instead of dropping: RFC 3168. What is marked need not be sent again.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

PairOptions options_for(const char* impairments, EcnUse use = EcnUse::on) {
  PairOptions options{.impairments = impairments};
  options.connection.ecn = use;
  return options;
}

}  // namespace

TEST_CASE("sim: a transfer over a link that marks is slowed down, and nothing of it is sent again",
          "[sim][RFC3168][SHLD-8]") {
  const bool super_segments = GENERATE(false, true);
  const auto algorithm = GENERATE(CongestionAvoidance::cubic, CongestionAvoidance::new_reno);
  for (const std::uint64_t seed : seeds(2)) {
    CAPTURE(seed, super_segments);
    PairOptions options = options_for("delay=10ms,mark=1%");
    options.connection.congestion_avoidance = algorithm;
    if (!super_segments) options.config.max_packet = options.config.mtu;
    Pair pair(seed, options);
    pair.listen({});
    pair.connect({.octets = 2'000'000});
    pair.world().run_for(300ms);
    const auto status = pair.client().stack().status(pair.near().connection(0));
    REQUIRE(status);
    CHECK(status->ecn);
    CHECK(status->slow_start_threshold < 200'000);
    pair.finish();
    CHECK(pair.far().outcome(0).received == 2'000'000);
    CHECK(pair.server().count(Counter::tcp_ecn_marks_received) > 1);
    CHECK(pair.client().count(Counter::tcp_ecn_reductions) > 1);
    CHECK(pair.client().count(Counter::tcp_ecn_reductions) <= pair.server().count(Counter::tcp_ecn_marks_received));
    CHECK(pair.client().count(Counter::tcp_retransmitted_segments) == 0);
  }
}

TEST_CASE("sim: without ECN the same link marks nothing", "[sim][RFC3168]") {
  Pair pair(1, options_for("delay=10ms,mark=1%", EcnUse::accept));
  pair.converse({.octets = 1'000'000}, {});
  CHECK(pair.server().count(Counter::tcp_ecn_marks_received) == 0);
  CHECK(pair.client().count(Counter::tcp_ecn_reductions) == 0);
}

TEST_CASE("sim: where everything is marked, a segment leaves now and then, and all arrives", "[sim][RFC3168][SHLD-8]") {
  Pair pair(1, options_for("delay=10ms,mark=100%"));
  const auto [near, far] = pair.converse({.octets = 60'000}, {});
  CHECK_FALSE(near.error);
  CHECK(far.received == 60'000);
  CHECK(near.ended - near.opened > 60s);
  CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == 0);
}

TEST_CASE("sim: a path that drops SYNs which ask for ECN costs a second, and ECN", "[sim][RFC3168][SHLD-8]") {
  Pair pair(1, options_for("delay=10ms"));
  pair.world().path(pair.client(), pair.server()).options.loses = [](const test::TcpPacket& packet) {
    return packet.has(test::SYN) && (packet.has(test::ECE) || packet.has(test::CWR));
  };
  const auto [near, far] = pair.converse({.octets = 100'000}, {.octets = 100'000});
  CHECK_FALSE(near.error);
  CHECK(far.received == 100'000);
  CHECK(near.received == 100'000);
  CHECK(pair.client().count(Counter::tcp_retransmission_timeouts) == 1);
}

}  // namespace handwave::sim
