// RFC 9293 §3.9.1.1: the OPEN call.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using enum IpAddress::Family;

/// A host with two IPv4 networks and two IPv6 ones.
StackConfig multihomed() {
  StackConfig config;
  for (const char* address : {"192.0.2.2/24", "198.51.100.2/24", "2001:db8:1::2/64", "2001:db8:2::2/64"})
    config.addresses.push_back(*AddressPrefix::parse(address));
  return config;
}

Host host_with(const StackConfig& config) { return {config, secret_from_seed(1), Instant{24h}}; }

IpAddress address(const char* text) { return *IpAddress::parse(text); }

}  // namespace

TEST_CASE("RFC 9293 §3.9.1.1: a passive OPEN disturbs no connection that exists", "[3.9.1.1][MUST-41]") {
  const auto state = GENERATE(tcp::State::syn_sent, tcp::State::syn_received, tcp::State::established,
                              tcp::State::close_wait, tcp::State::time_wait);
  Conversation c = in_state(state, {.open = Open::active});
  const Endpoint local = c.peer.sockets().local;
  REQUIRE(c.host.listens(local));
  CHECK(c.host.state() == state);
  c.peer.expects_nothing();
  c.host.closes_listener();
  CHECK(c.host.state() == state);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.9.1.1: a second passive OPEN at the same socket fails and leaves the first as it is",
          "[3.9.1.1][MUST-41]") {
  Conversation c = in_syn_received();
  const auto second = c.host.stack().listen(c.peer.sockets().local, {});
  REQUIRE_FALSE(second);
  CHECK(second.error() == TcpError::address_in_use);
  CHECK(c.host.state() == tcp::State::syn_received);
  c.peer.sends(ack());
  CHECK(c.host.accepts());
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.9.1.1: one may LISTEN on a port that a connection in SYN-SENT or SYN-RECEIVED uses",
          "[3.9.1.1][MUST-42]") {
  const auto state = GENERATE(tcp::State::syn_sent, tcp::State::syn_received);
  Conversation c = in_state(state, {.open = Open::active});
  REQUIRE(c.host.listens(c.peer.sockets().local));
  // The listener takes somebody else's connection, and the one under way goes on.
  FourTuple sockets = c.peer.sockets();
  sockets.remote.port = 60'000;
  ScriptedPeer other(c.host, sockets, Seq{33});
  other.sends(syn());
  other.expects(syn_ack());
  other.sends(ack());
  const ConnectionId first = c.host.connection();
  CHECK(c.host.accepts());
  CHECK(c.host.connection() != first);
  c.peer.sends(state == tcp::State::syn_sent ? syn_ack() : ack());
  CHECK(c.host.stack().state_of(c.peer.sockets()) == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.9.1.1: OPEN takes a local address", "[3.9.1.1][MUST-43][MUST-45]") {
  const auto [local, remote] = GENERATE(std::pair{"192.0.2.2", "192.0.2.9"}, std::pair{"198.51.100.2", "192.0.2.9"},
                                        std::pair{"2001:db8:2::2", "2001:db8:1::9"});
  Host host = host_with(multihomed());
  OpenOptions options;
  options.local_address = address(local);
  REQUIRE(host.connects({address(remote), 7}, options));
  REQUIRE(host.answers().size() == 1);
  CHECK(host.answers().front().source.address == address(local));
}

TEST_CASE("RFC 9293 §3.9.1.1: a passive OPEN at one address takes no SYN to another", "[3.9.1.1][MUST-43]") {
  Host host = host_with(multihomed());
  REQUIRE(host.listens({address("198.51.100.2"), 80}));
  ScriptedPeer wrong(host, {{address("192.0.2.2"), 80}, {address("192.0.2.9"), 50'000}}, Seq{1});
  wrong.sends(syn());
  wrong.expects(rst_ack());
  ScriptedPeer right(host, {{address("198.51.100.2"), 80}, {address("192.0.2.9"), 50'000}}, Seq{1});
  right.sends(syn());
  right.expects(syn_ack());
}

TEST_CASE("RFC 9293 §3.9.1.1: without one, IP chooses by the remote's network before the first SYN",
          "[3.9.1.1][MUST-44]") {
  const auto [local, remote] =
      GENERATE(std::pair{"192.0.2.2", "192.0.2.9"}, std::pair{"198.51.100.2", "198.51.100.9"},
               std::pair{"2001:db8:1::2", "2001:db8:1::9"}, std::pair{"2001:db8:2::2", "2001:db8:2::9"});
  Host host = host_with(multihomed());
  REQUIRE(host.connects({address(remote), 7}));
  REQUIRE(host.answers().size() == 1);
  CHECK(host.answers().front().source.address == address(local));
}

TEST_CASE("RFC 9293 §3.9.1.1: a connection keeps its local address from the first segment to the last",
          "[3.9.1.1][MUST-45]") {
  Host host = host_with(multihomed());
  const FourTuple sockets{{address("198.51.100.2"), 80}, {address("192.0.2.9"), 50'000}};
  REQUIRE(host.listens({IpAddress{}, 80}));  // at any address
  ScriptedPeer peer(host, sockets, Seq{0xffff'fff0});
  peer.sends(syn());
  peer.expects(syn_ack());  // the peer takes nothing but segments from that address
  peer.sends(ack());
  REQUIRE(host.accepts());
  REQUIRE(host.sends("text"));
  peer.expects(data("text"));
  host.tick(1s);
  peer.expects(data("text"));
  peer.sends(ack());
  REQUIRE(host.closes());
  peer.expects(fin());
  peer.sends(fin());
  peer.expects(ack());
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 9293 §3.9.1.1: OPEN to what is not one host is an error", "[3.9.1.1][MUST-46]") {
  const char* remote = GENERATE("255.255.255.255", "192.0.2.255", "198.51.100.255", "224.0.0.1", "239.1.2.3", "ff02::1",
                                "ff0e::1234", "127.0.0.1", "::1");
  Host host = host_with(multihomed());
  const auto opened = host.connects({address(remote), 7});
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == TcpError::invalid_remote_address);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 9293 §3.9.1.1: OPEN active without a remote socket is an error", "[3.9.1.1][MUST-46]") {
  Host host = host_with(multihomed());
  const Endpoint remote = GENERATE(Endpoint{IpAddress::v4(192, 0, 2, 1), 0}, Endpoint{IpAddress{}, 7},
                                   Endpoint{*IpAddress::parse("::"), 7});
  const auto opened = host.connects(remote);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == TcpError::foreign_endpoint_unspecified);
}

TEST_CASE("RFC 9293 §3.9.1.1: OPEN at an address that is not ours, or of another family, is an error",
          "[3.9.1.1][MUST-43]") {
  Host host = host_with(multihomed());
  OpenOptions options;
  options.local_address = address(GENERATE("203.0.113.1", "2001:db8:1::2"));
  CHECK(host.connects({address("192.0.2.9"), 7}, options).error() == TcpError::address_not_available);
  CHECK(host.listens({address("203.0.113.1"), 80}).error() == TcpError::address_not_available);
}

}  // namespace handwave::test
