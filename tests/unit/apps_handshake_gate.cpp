// The gate of TLS handshakes: so many at once, so many steps a turn, first come, first served.
#include "apps/handshake_gate.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/support/idle_sockets.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

struct Fixture : test::IdleSockets {
  std::string seen;
  std::vector<Duration> waits;
  HandshakeGate gate{*sockets, {.at_once = 2, .waiting = 2, .steps_a_turn = 3}};

  Task<void> work(char name, int steps) {
    const auto entered = co_await gate.enter();
    if (!entered) {
      seen += '-';
      co_return;
    }
    waits.push_back(*entered);
    for (int i = 0; i < steps; ++i) {
      waits.push_back(co_await gate.step());
      seen += name;
    }
    gate.leave();
  }
  Task<void> hold_a_place(Duration duration) {
    (void)co_await gate.enter();
    co_await sockets->sleep_for(duration);
    gate.leave();
  }
  void turn() {
    seen += ' ';
    pass(1ms);
  }
};

}  // namespace

TEST_CASE("Of one turn's steps each handshake takes its share, and the next turn gives as many again", "[tls][gate]") {
  Fixture f;
  f.sockets->start(f.work('a', 4));
  f.sockets->start(f.work('b', 2));
  for (int i = 0; i < 3; ++i) f.turn();
  CHECK(f.seen == "aaa abb  ");
  CHECK(f.sockets->poll_timeout() == std::nullopt);  // nothing keeps an idle server awake
}

TEST_CASE("Beyond the handshakes at once others wait in the order of coming, and too many are turned away",
          "[tls][gate]") {
  Fixture f;
  f.sockets->start(f.work('a', 7));
  f.sockets->start(f.work('b', 2));
  f.sockets->start(f.work('c', 1));
  f.sockets->start(f.work('d', 1));
  CHECK(f.seen == "aaa");
  f.sockets->start(f.work('e', 1));  // two are waiting
  CHECK(f.seen == "aaa-");
  for (int i = 0; i < 4; ++i) f.turn();
  f.sockets->start(f.work('f', 1));  // and now there is room
  for (int i = 0; i < 2; ++i) f.turn();
  CHECK(std::ranges::count(f.seen, 'a') == 7);
  CHECK(std::ranges::count(f.seen, '-') == 1);
  CHECK(f.seen.find('c') < f.seen.find('d'));
  CHECK(f.seen.find('d') < f.seen.find('f'));
}

TEST_CASE("The gate tells how long it kept a handshake waiting", "[tls][gate]") {
  Fixture f;
  f.sockets->start(f.work('a', 4));
  f.turn();
  CHECK(f.waits == std::vector<Duration>{0ms, 0ms, 0ms, 0ms, 1ms});  // the fourth step was the next turn's
  for (int i = 0; i < 2; ++i) f.sockets->start(f.hold_a_place(5ms));
  f.waits.clear();
  f.sockets->start(f.work('b', 0));
  for (int i = 0; i < 5; ++i) f.turn();
  CHECK(f.waits == std::vector<Duration>{5ms});
}
