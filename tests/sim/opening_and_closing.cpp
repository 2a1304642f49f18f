// The ways into and out of a connection through bad networks: RFC 9293 §3.5, §3.6.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* bad_network = "loss=8%,reorder=5%,duplicate=5%,delay=15ms,jitter=5ms";

/// Two hosts that open to each other at the same moment; gives both outcomes.
std::pair<Outcome, Outcome> open_at_once(std::uint64_t seed, const std::string& impairments, const Plan& plan) {
  World world(seed);
  Node& left = world.add("left");
  Node& right = world.add("right");
  world.join(left, right, impairments);
  Talkers& on_left = left.run<Talkers>(left);
  Talkers& on_right = right.run<Talkers>(right);
  const auto options = [](std::uint16_t port) {
    OpenOptions open;
    open.local_port = port;
    return open;
  };
  on_left.connect({right.v4(), 2000}, plan, options(1000));
  on_right.connect({left.v4(), 1000}, plan, options(2000));
  bool both_in_syn_received = false;
  world.observe([&](Node&, const test::TcpPacket& packet) {
    both_in_syn_received = both_in_syn_received || (packet.has(test::SYN) && packet.has(test::ACK));
  });
  if (!world.run_until([&] { return on_left.alive() + on_right.alive() == 0; }, 1h)) world.fail("it does not end");
  check_streams(world, on_left.outcome(0), on_right.outcome(0));
  CHECK(both_in_syn_received);
  return {on_left.outcome(0), on_right.outcome(0)};
}

}  // namespace

TEST_CASE("sim: two hosts that open to each other at once get one connection", "[sim][MUST-10]") {
  const std::string impairments = GENERATE(std::string("delay=10ms"), std::string(bad_network));
  for (const std::uint64_t seed : seeds(10)) {
    const auto [left, right] = open_at_once(seed, impairments, {.octets = 5000});
    CHECK_FALSE(left.error);
    CHECK_FALSE(right.error);
    CHECK(left.received == 5000);
    CHECK(right.received == 5000);
  }
}

TEST_CASE("sim: both ends close at once", "[sim][close]") {
  const std::string impairments = GENERATE(std::string("delay=10ms"), std::string(bad_network));
  for (const std::uint64_t seed : seeds(10)) {
    Pair pair(seed, {.impairments = impairments});
    const auto [near, far] = pair.converse({.octets = 700}, {.octets = 700});
    CHECK_FALSE(near.error);
    CHECK_FALSE(far.error);
  }
}

TEST_CASE("sim: simultaneous close passes through CLOSING on both ends", "[sim][close]") {
  World world(1);
  Node& left = world.add("left");
  Node& right = world.add("right");
  world.join(left, right, "delay=10ms");
  Talkers& on_left = left.run<Talkers>(left);
  Talkers& on_right = right.run<Talkers>(right);
  OpenOptions open;
  open.local_port = 1000;
  on_left.connect({right.v4(), 2000}, {.octets = 1}, open);
  open.local_port = 2000;
  on_right.connect({left.v4(), 1000}, {.octets = 1}, open);
  const FourTuple sockets{{left.v4(), 1000}, {right.v4(), 2000}};
  bool left_closing = false;
  bool right_closing = false;
  while (on_left.alive() + on_right.alive() > 0 && world.step()) {
    left_closing = left_closing || left.stack().state_of(sockets) == tcp::State::closing;
    right_closing = right_closing || right.stack().state_of(sockets.reversed()) == tcp::State::closing;
    // The FINs have crossed, but no ACK of a FIN has arrived: 10 ms later all is over.
  }
  CHECK(on_left.outcome(0).received == 1);
  CHECK(on_right.outcome(0).received == 1);
  CHECK_FALSE(on_left.outcome(0).error);
  CHECK((left_closing && right_closing));
}

TEST_CASE("sim: each end may go on sending long after the other has closed", "[sim][close][MUST-13]") {
  const bool client_closes_first = GENERATE(true, false);
  for (const std::uint64_t seed : seeds(8)) {
    Pair pair(seed, {.impairments = bad_network});
    const Plan first{.octets = 100};
    const Plan last{.octets = 60'000, .write_size = 3000, .wait_for_peer = true};
    const auto [near, far] = pair.converse(client_closes_first ? first : last, client_closes_first ? last : first);
    CHECK_FALSE(near.error);
    CHECK_FALSE(far.error);
    CHECK((client_closes_first ? near : far).received == 60'000);
  }
}

TEST_CASE("sim: requests and responses alternate", "[sim]") {
  for (const std::uint64_t seed : seeds(8)) {
    Pair pair(seed, {.impairments = bad_network});
    const auto [near, far] = pair.converse({.octets = 20'000, .write_size = 400}, {.answer_each = 400});
    CHECK_FALSE(near.error);
    CHECK(far.received == 20'000);
    CHECK(near.received == 20'000);
  }
}

TEST_CASE("sim: a connection that is aborted is reset at the other end", "[sim][reset][MUST-12]") {
  for (const std::uint64_t seed : seeds(8)) {
    Pair pair(seed, {.impairments = "delay=10ms"});
    const auto [near, far] = pair.converse({.octets = 500'000}, {.abort_after = 50'000});
    CHECK(far.aborted);
    CHECK(near.error == TcpError::connection_reset);
  }
}

TEST_CASE("sim: closing both directions over unread text resets the peer", "[sim][reset][SHLD-3]") {
  for (const std::uint64_t seed : seeds(8)) {
    Pair pair(seed, {.impairments = "delay=10ms"});
    // The server never reads, and hangs up at once.
    const auto [near, far] = pair.converse({.octets = 300'000}, {.read_after = 1h, .abandon = true});
    CHECK(near.error == TcpError::connection_reset);
    CHECK(far.received == 0);
  }
}

TEST_CASE("sim: opening to where nobody listens is refused", "[sim][reset]") {
  for (const std::uint64_t seed : seeds(6)) {
    Pair pair(seed, {.impairments = "loss=20%,delay=10ms"});
    const std::size_t number = pair.connect({.octets = 10});
    pair.finish();
    CHECK(pair.near().outcome(number).error == TcpError::connection_refused);
  }
}

}  // namespace handwave::sim
