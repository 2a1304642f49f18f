// RFC 9293 §3.10.1: the OPEN call, in every state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

/// An active OPEN of the very pair of sockets that the conversation is about.
Host::Result<ConnectionId> open_again(Conversation& c) {
  OpenOptions options;
  options.local_address = c.peer.sockets().local.address;
  options.local_port = c.peer.sockets().local.port;
  return c.host.connects(c.peer.sockets().remote, options);
}

}  // namespace

TEST_CASE("RFC 9293 §3.10.1: a passive OPEN in CLOSED enters LISTEN and sends nothing", "[3.10.1]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_closed(setup);
  REQUIRE(c.host.listens(c.peer.sockets().local));
  CHECK(state_of(c) == "LISTEN");
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.1: an active OPEN in CLOSED sends <SEQ=ISS><CTL=SYN> and enters SYN-SENT", "[3.10.1]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_closed(setup);
  REQUIRE(open_again(c));
  const TcpPacket packet = c.peer.expects(syn());
  CHECK(packet.seq == setup.host_isn);
  CHECK(packet.ack == Seq{0});
  c.peer.expects_nothing();
  CHECK(state_of(c) == "SYN-SENT");
  CHECK(c.host.status().state == tcp::State::syn_sent);
}

TEST_CASE("RFC 9293 §3.10.1: an active OPEN of an unspecified remote socket is an error", "[3.10.1]") {
  Conversation c = in_closed();
  CHECK(c.host.connects({IpAddress::v4(0, 0, 0, 0), 80}).error() == TcpError::foreign_endpoint_unspecified);
  CHECK(c.host.connects({*IpAddress::parse("::"), 80}).error() == TcpError::foreign_endpoint_unspecified);
  CHECK(c.host.connects({IpAddress::v4(192, 0, 2, 1), 0}).error() == TcpError::foreign_endpoint_unspecified);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.10.1: an active OPEN beside a listener for the local socket sends its SYN",
          "[3.10.1][MUST-41]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  REQUIRE(open_again(c));
  c.peer.expects(syn().seq(0));
  CHECK(state_of(c) == "SYN-SENT");
  c.peer.sends(syn_ack().ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.10.1: a passive OPEN of a socket in LISTEN is an error and disturbs nothing",
          "[3.10.1][MUST-41]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  CHECK(c.host.stack().listen(c.peer.sockets().local).error() == TcpError::address_in_use);
  c.peer.sends(syn());
  c.peer.expects(syn_ack().ack(1));
}

TEST_CASE("RFC 9293 §3.10.1: an active OPEN of a pair of sockets in use is \"error: connection already exists\"",
          "[3.10.1]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state :
       {syn_sent, syn_received, established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    CHECK(open_again(c).error() == TcpError::connection_already_exists);
    c.peer.expects_nothing();
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.1: a passive OPEN beside a connection with that local port disturbs it in no state",
          "[3.10.1][MUST-41][MUST-42]") {
  const auto setup = GENERATE(from_range(active_setups()));
  using enum tcp::State;
  for (const tcp::State state :
       {syn_sent, syn_received, established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack, time_wait}) {
    Conversation c = in_state(state, setup);
    REQUIRE(c.host.listens(c.peer.sockets().local));
    CHECK(state_of(c) == name_of(state));
    FourTuple other = c.peer.sockets();
    other.remote.port += 1;
    ScriptedPeer second(c.host, other, Seq{1});
    second.sends(syn());
    second.expects(syn_ack().ack(1));
    CHECK(state_of(c) == name_of(state));
  }
}

TEST_CASE("RFC 9293 §3.10.1: without room for a connection the OPEN is \"error: insufficient resources\"", "[3.10.1]") {
  auto setup = GENERATE(from_range(active_setups()));
  setup.config.max_connections = 1;
  Conversation c = in_established(setup);
  CHECK(c.host.connects({c.peer.sockets().remote.address, 99}).error() == TcpError::insufficient_resources);
  CHECK(c.host.answers().empty());
}

}  // namespace handwave::test
