// RFC 9293 §3.9.2.2: ICMP messages; what is believed of them, RFC 5927.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using enum IpAddress::Family;

struct Message {
  IpAddress::Family family;
  std::uint8_t type;
  std::uint8_t code;
  TcpError error = TcpError::host_unreachable;
};

/// §3.9.2.2: destination unreachable 0, 1, 5, time exceeded, parameter problem; and their counterparts of ICMPv6.
std::vector<Message> soft_errors() {
  return {{v4, 3, 0}, {v4, 3, 1}, {v4, 3, 5}, {v4, 11, 0}, {v4, 11, 1}, {v4, 12, 0},
          {v6, 1, 0}, {v6, 1, 3}, {v6, 3, 0}, {v6, 3, 1},  {v6, 4, 0},  {v6, 4, 2}};
}

/// Destination unreachable: protocol, port (code 4 is path MTU discovery's); and their counterparts.
std::vector<Message> hard_errors() {
  return {{v4, 3, 2, TcpError::protocol_unreachable},
          {v4, 3, 3, TcpError::port_unreachable},
          {v6, 1, 1, TcpError::host_unreachable},
          {v6, 1, 4, TcpError::port_unreachable}};
}

/// ESTABLISHED with five octets of text in flight.
std::pair<Conversation, TcpPacket> with_text_in_flight(Setup setup) {
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("first"));
  TcpPacket sent = c.peer.expects(data("first"));
  return {std::move(c), std::move(sent)};
}

bool gave_notice(const Host& host) {
  for (const Event& event : host.events())
    if (event.notice || event.closed) return true;
  return false;
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.2.2: a soft error ends no connection, and is told to the application",
          "[3.9.2.2][MUST-54][MUST-56][SHLD-25]") {
  const auto message = GENERATE(from_range(soft_errors()));
  const auto numbers = GENERATE(from_range(initial_numbers()));
  auto [c, sent] = with_text_in_flight({.family = message.family, .host_isn = numbers.host, .peer_isn = numbers.peer});
  c.peer.sends_icmp_error(message.type, message.code, sent);
  CHECK(c.host.state() == tcp::State::established);
  c.host.expects_notice(message.error);
  c.host.tick(1s);
  c.peer.expects(data("first"));
  c.peer.sends(ack());
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("RFC 9293 §3.9.2.2: nor one that is opening", "[3.9.2.2][MUST-56]") {
  const auto message = GENERATE(from_range(soft_errors()));
  const auto open = GENERATE(Open::passive, Open::active);
  const Setup setup{.open = open, .family = message.family};
  Conversation c = open == Open::active ? in_syn_sent(setup) : in_syn_received(setup);
  c.host.tick(1s);
  const TcpPacket sent = c.peer.expects_any();
  const tcp::State before = c.host.state();
  c.peer.sends_icmp_error(message.type, message.code, sent);
  CHECK(c.host.state() == before);
  if (open == Open::active) c.host.expects_notice(message.error);
}

TEST_CASE("RFC 9293 §3.9.2.2: a hard error ends an OPEN that is under way", "[3.9.2.2][SHLD-26][MUST-54]") {
  const auto message = GENERATE(from_range(hard_errors()));
  SECTION("SYN-SENT") {
    Conversation c = in_syn_sent({.family = message.family});
    c.host.tick(1s);
    c.peer.sends_icmp_error(message.type, message.code, c.peer.expects(syn()));
    c.host.expects_closed(message.error);
    CHECK(c.host.state() == tcp::State::closed);
  }
  SECTION("SYN-RECEIVED of a passive OPEN, which goes on") {
    Conversation c = in_syn_received({.family = message.family});
    c.host.tick(1s);
    c.peer.sends_icmp_error(message.type, message.code, c.peer.expects(syn_ack()));
    CHECK(c.host.state() == tcp::State::listen);
  }
}

TEST_CASE("RFC 5927 §5.2: in the synchronized states a hard error is taken for a soft one",
          "[3.9.2.2][SHLD-26][RFC5927]") {
  const auto message = GENERATE(from_range(hard_errors()));
  auto [c, sent] = with_text_in_flight({.family = message.family});
  c.peer.sends_icmp_error(message.type, message.code, sent);
  CHECK(c.host.state() == tcp::State::established);
  c.host.expects_notice(message.error);
}

TEST_CASE("RFC 9293 §3.9.2.2: an error concerns the connection whose segment it quotes, and no other",
          "[3.9.2.2][MUST-54]") {
  auto [c, sent] = with_text_in_flight({});
  const ConnectionId first = c.host.connection();
  FourTuple sockets = c.peer.sockets();
  ++sockets.remote.port;
  ScriptedPeer other(c.host, sockets, Seq{77});
  other.sends(syn());
  other.expects(syn_ack());
  other.sends(ack());
  REQUIRE(c.host.accepts());
  c.host.forgets_events();
  c.peer.sends_icmp_error(3, 1, sent);
  REQUIRE(!c.host.events().empty());
  for (const Event& event : c.host.events()) CHECK(event.connection == first);
}

TEST_CASE("RFC 5927 §4.1: an error that quotes what is not in flight is dropped and counted",
          "[3.9.2.2][MUST-54][RFC5927]") {
  const auto family = GENERATE(v4, v6);
  const auto numbers = GENERATE(from_range(initial_numbers()));
  auto [c, sent] = with_text_in_flight({.family = family, .host_isn = numbers.host, .peer_isn = numbers.peer});
  c.peer.sends(ack());
  REQUIRE(c.host.sends("second"));
  c.peer.expects(data("second"));
  c.peer.sends_icmp_error(family == v4 ? 3 : 1, 0, sent);  // it quotes "first"
  CHECK_FALSE(gave_notice(c.host));
  CHECK(c.host.count(Counter::icmp_error_out_of_window) == 1);
}

TEST_CASE("RFC 9293 §3.9.2.2: eight octets of the segment are enough", "[3.9.2.2][MUST-54]") {
  const auto family = GENERATE(v4, v6);
  auto [c, sent] = with_text_in_flight({.family = family});
  c.peer.sends_icmp_error(family == v4 ? 3 : 1, 0, sent, 0, 7);
  CHECK_FALSE(gave_notice(c.host));
  c.peer.sends_icmp_error(family == v4 ? 3 : 1, 0, sent, 0, 8);
  c.host.expects_notice(TcpError::host_unreachable);
}

TEST_CASE("RFC 9293 §3.9.2.2: an error about no connection of ours is dropped and counted", "[3.9.2.2][MUST-54]") {
  auto [c, sent] = with_text_in_flight({});
  c.host.aborts();
  c.peer.expects(rst());
  c.peer.sends_icmp_error(3, 1, sent);
  CHECK(c.host.count(Counter::icmp_error_for_nobody) == 1);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.9.2.2: Source Quench is silently discarded", "[3.9.2.2][MUST-55]") {
  auto [c, sent] = with_text_in_flight({});
  const auto cwnd = c.host.status().congestion_window;
  c.peer.sends_icmp_error(4, 0, sent);
  CHECK_FALSE(gave_notice(c.host));
  c.peer.expects_nothing();
  CHECK(c.host.status().congestion_window == cwnd);
  CHECK(c.host.count(Counter::icmp_source_quench) == 1);
}

}  // namespace handwave::test
