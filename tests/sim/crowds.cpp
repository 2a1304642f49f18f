// Many connections at once, and tables that are full: RFC 9293 §3.5, §3.6.1; RFC 4987 §3.5, §3.6.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

void check_all(Pair& pair, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const Outcome& near = pair.near().outcome(i);
    INFO("connection " << i << ", " << near.sockets.local.to_string() << ": " << near.error.message());
    CHECK_FALSE(near.error);
    check_streams(pair.world(), near, pair.far_outcome(near));
  }
}

}  // namespace

TEST_CASE("sim: a storm of connections at once through a bad network", "[sim][crowd]") {
  for (const std::uint64_t seed : seeds(2)) {
    Pair pair(seed, {.impairments = "loss=2%,reorder=2%,duplicate=1%,delay=10ms,jitter=3ms"});
    pair.listen({.octets = 2000}, 1000);
    for (int i = 0; i < 300; ++i) pair.connect({.octets = 1500});
    pair.finish();
    check_all(pair, 300);
  }
}

TEST_CASE("sim: connections one after the other, with hundreds in TIME-WAIT", "[sim][crowd][MUST-13]") {
  Pair pair(1, {});
  pair.listen({.octets = 500, .wait_for_peer = true});
  for (std::size_t i = 0; i < 400; ++i) {
    pair.connect({.octets = 100});
    REQUIRE(pair.world().run_until([&] { return pair.near().alive() + pair.far().alive() == 0; }, 1min));
  }
  CHECK(pair.client().stack().population().time_wait == 400);
  pair.finish();
  check_all(pair, 400);
}

TEST_CASE("sim: a SYN cache that is full sends cookies, and lets everybody in at once",
          "[sim][crowd][RFC4987][4987-3.7]") {
  StackConfig config;
  config.max_half_open = 8;
  Pair pair(1, {.impairments = "delay=50ms", .config = config});
  pair.listen({.octets = 10});
  for (int i = 0; i < 30; ++i) pair.connect({.octets = 10});
  pair.finish();
  check_all(pair, 30);
  for (std::size_t i = 0; i < 30; ++i) CHECK(pair.near().outcome(i).ended - pair.near().outcome(i).opened < 1s);
  CHECK(pair.server().count(Counter::tcp_syn_cookies_sent) == 22);
  CHECK(pair.server().count(Counter::tcp_syn_cookies_accepted) == 22);
}

TEST_CASE("sim: in a flood of forged SYNs, whoever is real gets through", "[sim][crowd][RFC4987][4987-3.7]") {
  for (const std::uint64_t seed : seeds(2)) {
    StackConfig config;
    config.max_half_open = 16;
    Pair pair(seed, {.impairments = "loss=1%,reorder=2%,duplicate=1%,delay=20ms,jitter=5ms", .config = config});
    pair.listen({.octets = 3000});
    // A host that hears no answer, and opens one connection after the other: as good as forged.
    Node& flooder = pair.world().add("flooder");
    pair.world().join(flooder, pair.server(), "delay=1ms");
    pair.world().path(pair.server(), flooder).options.loses = [](const test::TcpPacket&) { return true; };
    for (int i = 0; i < 40; ++i) {
      for (int k = 0; k < 50; ++k) REQUIRE(flooder.stack().connect(flooder.now(), pair.server_endpoint()));
      pair.connect({.octets = 2000});
      pair.world().run_for(50ms);
    }
    flooder.vanish();
    pair.finish();
    check_all(pair, 40);
    CHECK(pair.server().count(Counter::tcp_syn_cookies_accepted) >= 30);
  }
}

TEST_CASE("sim: a backlog that is full lets nobody in until there is room", "[sim][crowd]") {
  Pair pair(1, {.impairments = "delay=20ms,jitter=20ms"});
  pair.listen({.octets = 10}, 2);
  for (int i = 0; i < 40; ++i) pair.connect({.octets = 10});
  pair.finish();
  check_all(pair, 40);
}

TEST_CASE("sim: fewer connections than clients: whoever is refused or turned away knows it", "[sim][crowd]") {
  StackConfig config;
  config.max_connections = 50;
  World world(3);
  Node& client = world.add("client");
  Node& server = world.add("server", config);
  world.join(client, server, "loss=1%,delay=10ms");
  Talkers& near = client.run<Talkers>(client);
  Talkers& far = server.run<Talkers>(server);
  far.listen({server.v4(), 80}, {.octets = 100, .wait_for_peer = true});
  for (int i = 0; i < 120; ++i) near.connect({server.v4(), 80}, {.octets = 1000});
  REQUIRE(world.run_until([&] { return near.alive() + far.alive() == 0; }, 1h));
  for (std::size_t i = 0; i < near.count(); ++i) {
    const Outcome* there = far.find(near.outcome(i).sockets.reversed());
    if (there != nullptr) check_streams(world, near.outcome(i), *there);
    CHECK((there != nullptr || near.outcome(i).error));
  }
}

TEST_CASE("sim: a port that is used again while its last connection is in TIME-WAIT", "[sim][MAY-2]") {
  for (const std::uint64_t seed : seeds(5)) {
    World world(seed);
    Node& client = world.add("client");
    Node& server = world.add("server");
    world.join(client, server, "loss=3%,duplicate=5%,reorder=5%,delay=10ms");
    Talkers& near = client.run<Talkers>(client);
    Talkers& far = server.run<Talkers>(server);
    far.listen({server.v4(), 80}, {.octets = 3000});
    OpenOptions open;
    open.local_port = 4000;
    for (std::size_t i = 0; i < 8; ++i) {
      // The server closes first and so keeps the TIME-WAIT.
      near.connect({server.v4(), 80}, {.octets = 100, .wait_for_peer = true}, open);
      if (!world.run_until([&] { return near.alive() + far.alive() == 0; }, 30min)) world.fail("it does not end");
      INFO("connection " << i << ": " << near.outcome(i).error.message());
      CHECK_FALSE(near.outcome(i).error);
      CHECK(near.outcome(i).received == 3000);
    }
    CHECK(server.count(Counter::tcp_time_wait_reused) > 0);
  }
}

}  // namespace handwave::sim
