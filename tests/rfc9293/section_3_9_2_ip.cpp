// RFC 9293 §3.9.2: the interface to IP: hop limit, options; §3.9.2.3: addresses that are no host's.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using enum IpAddress::Family;

/// IPv4 options: record route, an unknown one with the bit "copied", and the end of the list.
const std::vector<std::uint8_t> ipv4_options = {7, 7, 4, 0, 0, 0, 0, 0x9e, 4, 1, 2, 0};

/// `packet` with an IPv6 destination options header that holds an option to be skipped if unknown.
std::vector<std::uint8_t> with_ipv6_options(const TcpPacket& packet) {
  std::vector<std::uint8_t> octets = build(packet);
  const std::uint8_t next = octets[6];
  octets[6] = 60;
  const std::vector<std::uint8_t> header = {next, 0, 0x1e, 4, 1, 2, 3, 4};
  octets.insert(octets.begin() + 40, header.begin(), header.end());
  store_be16(&octets[4], static_cast<std::uint16_t>(octets.size() - 40));
  return octets;
}

TcpPacket syn_between(const Endpoint& source, const Endpoint& destination) {
  TcpPacket packet;
  packet.source = source;
  packet.destination = destination;
  packet.flags = SYN;
  packet.seq = Seq{4711};
  packet.wnd = 1000;
  return packet;
}

Endpoint at(const char* address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }

}  // namespace

TEST_CASE("RFC 9293 §3.9.2: the application sets the time to live of all segments", "[3.9.2][MUST-49]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open, .family = GENERATE(v4, v6)};
  setup.connection.hop_limit = 17;
  Conversation c = open == Open::active ? in_syn_sent(setup) : in_listen(setup);
  if (open == Open::active) {
    c.host.tick(1s);
    c.peer.expects(syn().hop_limit(17));
    c.peer.sends(syn_ack());
    c.peer.expects(ack().hop_limit(17));
  } else {
    c.peer.sends(syn());
    c.peer.expects(syn_ack().hop_limit(17));
    c.peer.sends(ack().seq(70'000));
    c.peer.expects(ack().hop_limit(17));
    c.peer.sends(ack());
    REQUIRE(c.host.accepts());
  }
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").hop_limit(17));
  c.host.sets_options({.hop_limit = 200});
  c.host.tick(open == Open::active ? 3s : 1s);  // RFC 6298 (5.7): its SYN was sent twice
  c.peer.expects(data("text").hop_limit(200));
  c.host.aborts();
  c.peer.expects(rst().hop_limit(200));
}

TEST_CASE("RFC 9293 §3.9.2: the time to live is 64 if nobody says otherwise", "[3.9.2][MUST-49]") {
  Conversation c = in_established({.family = GENERATE(v4, v6)});
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").hop_limit(64));
}

TEST_CASE("RFC 9293 §3.9.2: options of IP that TCP does not understand are ignored", "[3.9.2][MUST-50]") {
  const auto family = GENERATE(v4, v6);
  Conversation c = in_listen({.family = family});
  const auto arrives = [&](const Segment& segment) {
    const TcpPacket packet = c.peer.complete(segment.ip_options(ipv4_options));
    c.host.arrives(family == v4 ? build(packet) : with_ipv6_options(packet));
    c.peer.set_next_seq(c.peer.next_seq() + packet.sequence_length());
  };
  arrives(syn().mss(1460));
  c.peer.expects(syn_ack().ack(1));
  arrives(ack());
  REQUIRE(c.host.accepts());
  arrives(data("text"));
  CHECK(c.host.receives() == "text");
  CHECK(c.host.count(Counter::ip_options_ignored) == 3);
}

TEST_CASE("RFC 9293 §3.9.2.3: a SYN to a broadcast or multicast address is silently discarded", "[3.9.2.3][MUST-57]") {
  const char* destination =
      GENERATE("192.0.2.255", "255.255.255.255", "224.0.0.1", "239.255.0.1", "ff02::1", "ff0e::42");
  Host host(default_config(), secret_from_seed(1), Instant{24h});
  REQUIRE(host.listens({IpAddress{}, 80}));
  REQUIRE(host.listens({*IpAddress::parse("::"), 80}));
  const Endpoint to = at(destination, 80);
  const Endpoint from = to.address.is_v4() ? peer_endpoint_v4 : peer_endpoint_v6();
  host.arrives(build(syn_between(from, to)));
  TcpPacket other = syn_between(from, to);
  other.flags = ACK;
  host.arrives(build(other));
  CHECK(host.answers().empty());
  CHECK(host.others().empty());
  CHECK(host.stack().population().half_open == 0);
  CHECK(host.count(Counter::tcp_invalid_address) == 2);
}

TEST_CASE("RFC 9293 §3.9.2.3: a SYN from what cannot be a host's address is ignored", "[3.9.2.3][MUST-63]") {
  const char* source = GENERATE("192.0.2.255", "255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "192.0.2.2",
                                "ff02::1", "::", "::1", "2001:db8::2");
  Host host(default_config(), secret_from_seed(1), Instant{24h});
  REQUIRE(host.listens({IpAddress{}, 80}));
  REQUIRE(host.listens({*IpAddress::parse("::"), 80}));
  const Endpoint from = at(source, 50'000);
  const Endpoint to = from.address.is_v4() ? host_endpoint_v4 : host_endpoint_v6();
  host.arrives(build(syn_between(from, to)));
  CHECK(host.answers().empty());
  CHECK(host.others().empty());
  CHECK(host.stack().population().half_open == 0);
  CHECK(host.count(Counter::ip_invalid_source) == 1);
}

}  // namespace handwave::test
