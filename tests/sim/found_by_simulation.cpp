// What the simulator or the fuzzer found once, each as a short script: so that it stays found.
#include <catch2/catch_test_macros.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {

using namespace std::chrono_literals;

TEST_CASE("RFC 9293 §3.4: the FIN takes a place in the peer's window like any octet", "[stack][window]") {
  Conversation c = in_established({.peer_wnd = 5});
  REQUIRE(c.host.sends("hello"));
  REQUIRE(c.host.closes());
  c.peer.expects(data("hello").seq(1));
  c.peer.expects_nothing();
  c.peer.sends(ack());
  c.peer.expects(fin().seq(6));
}

TEST_CASE("RFC 9293 §3.8.6.1: a FIN alone before a closed window is what the probe carries",
          "[stack][window][MUST-36]") {
  Conversation c = in_established({.peer_wnd = 5});
  REQUIRE(c.host.sends("hello"));
  c.peer.expects(data("hello").seq(1));
  c.peer.sends(ack().wnd(0));
  REQUIRE(c.host.closes());
  c.peer.expects_nothing();
  c.host.tick_to_deadline();
  c.peer.expects(fin().seq(6));
  c.peer.sends(ack().ack(7).wnd(0));
  CHECK(tcp::to_string(c.host.state()) == "FIN-WAIT-2");
}

}  // namespace handwave::test
