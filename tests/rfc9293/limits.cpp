// What a peer can make grow, and where it ends: half-open connections, the backlog, TIME-WAIT, memory. All counted.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// A peer at another port of the same host.
ScriptedPeer peer_at(Host& host, std::uint16_t port) {
  FourTuple sockets{host_endpoint_v4, peer_endpoint_v4};
  sockets.remote.port = port;
  return {host, sockets, Seq{0xffff'fff0}};
}

void shakes_hands(ScriptedPeer& peer) {
  peer.sends(syn());
  peer.expects(syn_ack());
  peer.sends(ack());
}

}  // namespace

TEST_CASE("RFC 4987 §3.5: half-open connections have a limit; beyond it nothing is remembered of a SYN",
          "[3.10.7.2][RFC4987][4987-3.5-a][4987-3.5-b]") {
  Setup setup;
  setup.config.max_half_open = 10;
  Conversation c = in_listen(setup);
  for (std::uint16_t port = 1; port <= 25; ++port) {
    ScriptedPeer peer = peer_at(c.host, port);
    peer.sends(syn());
    peer.expects(syn_ack());
  }
  CHECK(c.host.stack().population().half_open == 10);
  CHECK(c.host.stack().population().connections == 0);
  CHECK(c.host.count(Counter::tcp_syn_cookies_sent) == 15);
  // They go by themselves, and then there is room again.
  c.host.tick(10min);
  CHECK(c.host.stack().population().half_open == 0);
  CHECK(c.host.count(Counter::tcp_syn_cache_expired) == 10);
  CHECK(c.host.answers().size() == 10 * 8);  // what is not remembered is not sent again either
  ScriptedPeer late = peer_at(c.host, 100);
  c.host.answers().clear();
  shakes_hands(late);
  CHECK(c.host.accepts());
}

TEST_CASE("RFC 9293 §3.10.7.2: a full backlog takes no more connections, and the handshake has another chance",
          "[3.10.7.2]") {
  Conversation c = in_listen({.backlog = 2});
  ScriptedPeer first = peer_at(c.host, 1);
  ScriptedPeer second = peer_at(c.host, 2);
  ScriptedPeer third = peer_at(c.host, 3);
  for (ScriptedPeer* peer : {&first, &second, &third}) shakes_hands(*peer);
  CHECK(c.host.stack().population().connections == 2);
  CHECK(c.host.count(Counter::tcp_backlog_full) == 1);
  third.expects_nothing();
  REQUIRE(c.host.accepts());
  c.host.tick(1s);
  third.expects(syn_ack());
  third.sends(ack());
  CHECK(c.host.stack().population().connections == 3);
  CHECK(c.host.accepts());
  CHECK(c.host.accepts());
  CHECK(c.host.accepts().error() == TcpError::would_block);
}

TEST_CASE("RFC 9293 §3.10.1: with all connections in use, an OPEN is refused for want of resources", "[3.10.1]") {
  Setup setup;
  setup.config.max_connections = 2;
  Conversation c = in_listen(setup);
  for (std::uint16_t port = 1; port <= 3; ++port) {
    ScriptedPeer peer = peer_at(c.host, port);
    shakes_hands(peer);
  }
  CHECK(c.host.stack().population().connections == 2);
  CHECK(c.host.count(Counter::tcp_connection_limit) == 1);
  CHECK(c.host.connects({peer_endpoint_v4.address, 7}).error() == TcpError::insufficient_resources);
}

TEST_CASE("RFC 9293 §3.6.1: TIME-WAITs have a limit; the oldest ends early for a new one, and is counted", "[3.6.1]") {
  Setup setup;
  setup.config.max_time_wait = 3;
  Conversation c = in_listen(setup);
  for (std::uint16_t port = 1; port <= 5; ++port) {
    ScriptedPeer peer = peer_at(c.host, port);
    shakes_hands(peer);
    REQUIRE(c.host.accepts());
    REQUIRE(c.host.closes());
    peer.expects(fin());
    peer.sends(fin());
    peer.expects(ack());
    CHECK(c.host.stack().state_of(peer.sockets()) == tcp::State::time_wait);
  }
  CHECK(c.host.stack().population().time_wait == 3);
  CHECK(c.host.count(Counter::tcp_time_wait_over_limit) == 2);
  CHECK(c.host.stack().state_of(peer_at(c.host, 2).sockets()) == tcp::State::listen);
  CHECK(c.host.stack().state_of(peer_at(c.host, 3).sockets()) == tcp::State::time_wait);
}

TEST_CASE("RFC 9293 §3.10.7.4: text out of order has a limit; beyond it it is dropped and counted, and comes again",
          "[3.10.7.4][SHLD-31]") {
  Setup setup;
  setup.config.max_out_of_order = 3000;
  Conversation c = in_established(setup);
  for (int i = 1; i <= 5; ++i) c.peer.sends(octets(1000).seq(1 + i * 1000));
  CHECK(c.host.count(Counter::tcp_out_of_order) == 3);
  CHECK(c.host.count(Counter::tcp_out_of_order_over_limit) == 2);
  c.peer.ignores_answers();
  c.peer.sends(octets(1000).seq(1));
  c.peer.expects(ack().ack(4001));
  c.peer.sends(octets(1000).seq(4001));
  c.peer.sends(octets(1000).seq(5001));
  CHECK(c.host.receives() == pattern_text(0, 6000));
}

TEST_CASE("RFC 9293 §3.8.6: no more is held for the application than its buffer takes", "[3.8.6]") {
  Setup setup;
  setup.connection.receive_buffer = 5000;
  Conversation c = in_established(setup);
  for (int i = 0; i < 20; ++i) c.peer.sends(octets(1000));
  CHECK(c.host.status().pending_receipt == 5000);
  CHECK(c.host.receives() == pattern_text(0, 5000));
}

TEST_CASE("RFC 9293 §3.10.7.1: answers that wait for the device have a limit", "[3.10.7.1]") {
  Setup setup;
  setup.config.max_replies = 5;
  Conversation c = in_closed(setup);
  std::vector<Segment> many(20, ack().seq(1).ack(1));
  c.peer.sends_together(many);
  for (int i = 0; i < 5; ++i) c.peer.expects(rst());
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::replies_over_limit) == 15);
}

TEST_CASE("RFC 9293 §3.10.5: the limit on answers takes no connection the RST of its ABORT", "[3.10.5]") {
  Setup setup;
  setup.config.max_replies = 2;
  Conversation c = in_listen(setup);
  std::vector<ConnectionId> connections;
  for (std::uint16_t port = 1; port <= 10; ++port) {
    ScriptedPeer peer = peer_at(c.host, port);
    shakes_hands(peer);
    connections.push_back(*c.host.accepts());
  }
  for (const ConnectionId connection : connections) c.host.stack().abort(c.host.now(), connection);
  c.host.turn();
  for (std::uint16_t port = 1; port <= 10; ++port) peer_at(c.host, port).expects(rst());
  CHECK(c.host.count(Counter::replies_over_limit) == 0);
}

}  // namespace handwave::test
