// RFC 9293 §3.6.1: TIME-WAIT lasts 2 MSL (MUST-13); a new SYN may end it (MAY-2). Timestamps are in
// rfc6191_time_wait.cpp.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("RFC 9293 §3.6.1: TIME-WAIT lasts two maximum segment lifetimes, however long those are",
          "[3.6.1][MUST-13]") {
  auto setup = GENERATE(from_range(active_setups()));
  for (const Duration msl : {Duration{1s}, Duration{30s}, Duration{2min}}) {
    setup.config.msl = msl;
    Conversation c = in_time_wait(setup);
    c.host.tick(2 * msl - 1ms);
    CHECK(state_of(c) == "TIME-WAIT");
    c.host.tick(1ms);
    CHECK(state_of(c) == "CLOSED");
    CHECK(c.host.stack().population().time_wait == 0);
    c.peer.expects_nothing();
  }
}

TEST_CASE("RFC 9293 §3.6.1: both ends of a simultaneous close linger", "[3.6.1][MUST-13]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_closing(setup);
  c.host.tick(500ms);
  c.peer.ignores_answers();
  c.peer.sends(ack().seq(2).ack(2));
  c.host.tick(2 * setup.config.msl - 1ms);
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.tick(1ms);
  CHECK(state_of(c) == "CLOSED");
}

TEST_CASE("RFC 9293 §3.6.1: a new SYN in TIME-WAIT reopens, with an ISN beyond the old connection's numbers",
          "[3.6.1][MAY-2][6191-2-f]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::uint32_t ahead : {2U, 3U, 100'000U, 0x7000'0000U}) {
    Conversation c = in_time_wait(setup);
    const Seq used = c.peer.host_isn() + 2;
    ScriptedPeer next(c.host, c.peer.sockets(), setup.peer_isn + ahead);
    next.sends(syn());
    const TcpPacket answer = next.expects(syn_ack().ack(1));
    CHECK(answer.seq > used);
    CHECK(state_of(c) == "SYN-RECEIVED");
    next.sends(data("again"));
    CHECK(state_of(c) == "ESTABLISHED");
    CHECK(c.host.stack().population().time_wait == 0);
    REQUIRE(c.host.accepts());
    CHECK(c.host.receives() == "again");
    CHECK(c.host.count(Counter::tcp_time_wait_reused) == 1);
  }
}

TEST_CASE("RFC 9293 §3.6.1: a SYN within the numbers of the old connection does not reopen it",
          "[3.6.1][MAY-2][6191-2-g]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : {1LL, 0LL, -1LL, -100'000LL, -0x7000'0000LL}) {
    Conversation c = in_time_wait(setup);
    c.peer.sends(syn().seq(seq));
    c.peer.expects(ack().seq(2).ack(2));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "TIME-WAIT");
  }
}

TEST_CASE("RFC 9293 §3.6.1: TIME-WAIT returns if the SYN turns out to be an old duplicate", "[3.6.1][MAY-2]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_time_wait(setup);
  const Duration two_msl = 2 * setup.config.msl;
  c.host.tick(10s);
  ScriptedPeer duplicate(c.host, c.peer.sockets(), setup.peer_isn + 5000);
  duplicate.sends(syn());
  duplicate.expects(syn_ack().ack(1));
  CHECK(state_of(c) == "SYN-RECEIVED");
  duplicate.sends(rst().seq(1));
  CHECK(state_of(c) == "TIME-WAIT");
  // It answers for the old connection again, and ends when it would have.
  c.peer.sends(ack().seq(1).ack(2));
  const TcpPacket answer = c.peer.expects(ack());
  CHECK(answer.seq == *setup.host_isn + 2);
  CHECK(answer.ack == setup.peer_isn + 2);
  c.host.tick(two_msl - 10s - 1ms);
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.tick(1ms);
  CHECK(state_of(c) == "LISTEN");
}

TEST_CASE("RFC 9293 §3.6.1: without a listener no SYN reopens", "[3.6.1][MAY-2][U-3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_time_wait(setup);
  c.peer.sends(syn().seq(100'000));
  c.peer.expects(ack().seq(2).ack(2));
  CHECK(state_of(c) == "TIME-WAIT");
}

}  // namespace handwave::test
