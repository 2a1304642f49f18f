// RFC 9293 §3.7.4: the Nagle algorithm, and how it is switched off.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

Setup setup_of(const InitialNumbers& numbers) { return {.host_isn = numbers.host, .peer_isn = numbers.peer}; }

}  // namespace

TEST_CASE("RFC 9293 §3.7.4: while anything is unacknowledged, small pieces wait and leave together",
          "[3.7.4][SHLD-7][MUST-60]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a").seq(1));  // nothing was outstanding
  for (const char* piece : {"b", "c", "d"}) REQUIRE(c.host.sends(piece));
  c.host.tick(200ms);
  c.peer.expects_nothing();
  c.peer.sends(ack());
  c.peer.expects(data("bcd").seq(2).psh());
}

TEST_CASE("RFC 9293 §3.7.4: a full segment does not wait, what is left over does", "[3.7.4][SHLD-7][SHLD-28]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  REQUIRE(c.host.sends_octets(1));
  c.peer.expects(octets(1));
  REQUIRE(c.host.sends_octets(1461));
  c.peer.expects(octets(1460).seq(2));
  c.peer.expects_nothing();
  c.peer.sends(ack().ack(2));  // of the first octet: the full segment is still outstanding
  c.peer.expects_nothing();
  c.peer.sends(ack());
  c.peer.expects(octets(1).seq(1462));
}

TEST_CASE("RFC 9293 §3.7.4: switched off on a connection, each piece leaves at once", "[3.7.4][MUST-17]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open};
  setup.connection.nagle = false;
  Conversation c = in_established(setup);
  for (const char* piece : {"a", "b", "c"}) {
    REQUIRE(c.host.sends(piece));
    c.peer.expects(data(piece).psh());
  }
}

TEST_CASE("RFC 9293 §3.7.4: it is switched on one connection alone, and at any time", "[3.7.4][MUST-17]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a"));
  REQUIRE(c.host.sends("b"));
  c.peer.expects_nothing();
  c.host.sets_options({.nagle = false});
  c.peer.expects(data("b"));
  REQUIRE(c.host.sends("c"));
  c.peer.expects(data("c"));
  // A second connection of the same listener has its own.
  FourTuple sockets = c.peer.sockets();
  ++sockets.remote.port;
  ScriptedPeer other(c.host, sockets, Seq{77});
  other.sends(syn().mss(1460));
  other.expects(syn_ack());
  other.sends(ack());
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends("d"));
  other.expects(data("d"));
  REQUIRE(c.host.sends("e"));
  other.expects_nothing();
}

TEST_CASE("RFC 9293 §3.7.4: a FIN does not wait, and takes the small piece along", "[3.7.4][SHLD-7]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a"));
  REQUIRE(c.host.sends("b"));
  c.peer.expects_nothing();
  REQUIRE(c.host.closes());
  c.peer.expects(fin().text("b").seq(2));  // "a" is not acknowledged
}

}  // namespace handwave::test
