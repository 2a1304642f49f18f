// The gate of TLS handshakes: so many at once, so many steps a turn, first come, first served.
#include "apps/handshake_gate.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/support/idle_sockets.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

struct Fixture : test::IdleSockets {
  std::string seen;
  HandshakeGate gate{*sockets, {.time = 10s, .at_once = 2, .steps_a_turn = 3}};

  Task<void> work(char name, int steps, Instant deadline) {
    if (!co_await gate.enter(deadline)) {
      seen += '-';
      co_return;
    }
    for (int i = 0; i < steps; ++i) {
      if (!co_await gate.step(deadline)) break;
      seen += name;
    }
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
  f.sockets->start(f.work('a', 4, f.now + 10s));
  f.sockets->start(f.work('b', 2, f.now + 10s));
  for (int i = 0; i < 3; ++i) f.turn();
  CHECK(f.seen == "aaa abb  ");
  CHECK(f.sockets->poll_timeout() == std::nullopt);  // nothing keeps an idle server awake
}

TEST_CASE("Beyond the handshakes at once others wait in the order of coming, until their time is up", "[tls][gate]") {
  Fixture f;
  f.sockets->start(f.work('a', 9, f.now + 10s));
  f.sockets->start(f.work('b', 5, f.now + 10s));
  f.sockets->start(f.work('c', 1, f.now + 10s));  // the third
  f.sockets->start(f.work('d', 1, f.now + 2ms));  // the fourth, in a hurry
  f.turn();
  CHECK(f.seen.find('c') == std::string::npos);
  f.turn();
  CHECK(std::ranges::count(f.seen, '-') == 1);
  for (int i = 0; i < 6; ++i) f.turn();
  CHECK(std::ranges::count(f.seen, 'a') == 9);
  CHECK(std::ranges::count(f.seen, 'b') == 5);
  CHECK(std::ranges::count(f.seen, 'c') == 1);
  CHECK(std::ranges::count(f.seen, 'd') == 0);
}
