// RFC 9293 §3.9.2.1: source routes, of an active OPEN and of a peer's packets; IPoptionsize in Eff.snd.MSS (§3.7.1).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

const IpAddress g1 = IpAddress::v4(198, 51, 100, 1);
const IpAddress g2 = IpAddress::v4(198, 51, 100, 2);
const IpAddress g3 = IpAddress::v4(198, 51, 100, 3);

using Gateways = std::vector<IpAddress>;

/// The option as it arrives at its last host: the gateways where the packet was, the pointer behind them.
std::vector<std::uint8_t> came_by(const Gateways& gateways, std::uint8_t type = 131) {
  const auto length = static_cast<std::uint8_t>(3 + 4 * gateways.size());
  std::vector<std::uint8_t> option = {type, length, static_cast<std::uint8_t>(length + 1)};
  for (const IpAddress& gateway : gateways)
    option.insert(option.end(), gateway.octets().begin(), gateway.octets().end());
  option.resize((option.size() + 3) / 4 * 4, 0);
  return option;
}

/// What the stack sends, and the way it takes: `segment` by `gateways`, none of them where it goes straight.
Segment by(const Gateways& gateways, const Segment& segment) {
  return segment.where("it goes by those gateways",
                       [gateways](const TcpPacket& packet) { return packet.gateways == gateways; });
}

Setup accepting() {
  Setup setup;
  setup.config.accept_source_routes = true;
  return setup;
}

OpenOptions open_by(const Gateways& gateways, bool strict = false) {
  OpenOptions options;
  options.local_port = 50'001;
  options.source_route = {.gateways = gateways, .strict = strict};
  return options;
}

/// A host with an active OPEN under way, by a route of its application's.
struct Opened {
  explicit Opened(const OpenOptions& options, const StackConfig& config = default_config())
      : host(config, secret_from_seed(1), Instant{24h}),
        peer(host, {{host_endpoint_v4.address, 50'001}, peer_endpoint_v4}, Seq{4711}) {
    REQUIRE(host.connects(peer_endpoint_v4, options));
  }
  Host host;
  ScriptedPeer peer;
};

}  // namespace

TEST_CASE("RFC 9293 §3.9.2.1: the application specifies a source route, and all segments of its OPEN take it",
          "[3.9.2.1][MUST-51]") {
  const bool strict = GENERATE(false, true);
  Opened c(open_by({g1, g2, g3}, strict));
  const auto takes_the_route = [&](const Segment& segment) {
    return by({g1, g2, g3}, segment).where("strict or loose as it was said", [strict](const TcpPacket& packet) {
      return packet.strict_route == strict;
    });
  };
  c.peer.expects(takes_the_route(syn()));
  c.host.tick(1s);
  c.peer.expects(takes_the_route(syn()));
  c.peer.sends(syn_ack().mss(1460));
  c.peer.expects(takes_the_route(ack()));
  REQUIRE(c.host.sends("text"));
  c.peer.expects(takes_the_route(data("text")));
  c.host.tick(3s);
  c.peer.expects(takes_the_route(data("text")));  // again
  c.peer.sends(ack());
  REQUIRE(c.host.closes());
  c.peer.expects(takes_the_route(fin()));
  c.peer.sends(fin());
  c.peer.expects(takes_the_route(ack()));
  c.host.tick(1s);
  c.peer.sends(fin().seq(1));
  c.peer.expects(takes_the_route(ack()));  // in TIME-WAIT
}

TEST_CASE("RFC 9293 §3.9.2.1: the RST of an ABORT takes the route, too", "[3.9.2.1][MUST-51]") {
  Opened c(open_by({g1}));
  c.peer.expects(by({g1}, syn()));
  c.peer.sends(syn_ack());
  c.peer.expects(by({g1}, ack()));
  c.host.aborts();
  c.peer.expects(by({g1}, rst()));
}

TEST_CASE("RFC 9293 §3.9.2.1: the application's route takes precedence over one received in a datagram",
          "[3.9.2.1][MUST-52]") {
  StackConfig config = default_config();
  config.accept_source_routes = true;
  Opened routed(open_by({g1}), config);
  routed.peer.expects(by({g1}, syn()));
  routed.peer.sends(syn_ack().ip_options(came_by({g2, g3})));
  routed.peer.expects(by({g1}, ack()));
  routed.peer.sends(data("text").ip_options(came_by({g2, g3})));
  routed.host.tick(500ms);
  routed.peer.expects(by({g1}, ack()));
  // Saying none is saying that they go straight: only a passive OPEN learns its route from the peer.
  Opened straight(open_by({}), config);
  straight.peer.expects(by({}, syn()));
  straight.peer.sends(syn_ack().ip_options(came_by({g2, g3})));
  straight.peer.expects(by({}, ack()));
}

TEST_CASE("RFC 9293 §3.9.2.1: no route that cannot be gone is taken", "[3.9.2.1][MUST-51]") {
  Host host(default_config(), secret_from_seed(1), Instant{24h});
  const Gateways ten(10, g1);
  const Gateways nine(9, g1);
  for (const Gateways& gateways : {ten, Gateways{g1, IpAddress::v4(224, 0, 0, 1)}, Gateways{IpAddress{}},
                                   Gateways{IpAddress::v4(192, 0, 2, 255)}, Gateways{peer_endpoint_v6().address}})
    CHECK(host.connects(peer_endpoint_v4, open_by(gateways)).error() == TcpError::invalid_remote_address);
  CHECK(host.connects(peer_endpoint_v6(), open_by({g1})).error() == TcpError::invalid_remote_address);
  CHECK(host.answers().empty());
  CHECK(host.connects(peer_endpoint_v4, open_by(nine)));
}

TEST_CASE("RFC 9293 §3.9.2.1: a passive connection sends everything back the way that its SYN came",
          "[3.9.2.1][MUST-53]") {
  const std::uint8_t type = GENERATE(std::uint8_t{131}, std::uint8_t{137});
  auto setup = accepting();
  setup.config.max_half_open = GENERATE(std::size_t{10}, std::size_t{0});  // by the cache and by a cookie
  Conversation c = in_listen(setup);
  const auto goes_back = [&](const Segment& segment) {
    return by({g2, g1}, segment).where("as strict as it came", [type](const TcpPacket& packet) {
      return packet.strict_route == (type == 137);
    });
  };
  c.peer.sends(syn().mss(1460).ip_options(came_by({g1, g2}, type)));
  c.peer.expects(goes_back(syn_ack()));
  if (setup.config.max_half_open != 0) {
    c.host.tick(1s);
    c.peer.expects(goes_back(syn_ack()));
  }
  c.peer.sends(ack().ip_options(came_by({g1, g2}, type)));
  REQUIRE(c.host.accepts());
  CHECK(c.host.count(Counter::ip_options_ignored) == 0);
  // What comes straight changes nothing.
  c.peer.sends(data("hello"));
  REQUIRE(c.host.sends("world"));
  c.peer.expects(goes_back(data("world")));
  c.peer.sends(ack());
  REQUIRE(c.host.closes());
  c.peer.expects(goes_back(fin()));
  c.peer.sends(fin());
  c.peer.expects(goes_back(ack()));
  CHECK(state_of(c) == "TIME-WAIT");
  c.peer.sends(fin().seq(6));
  c.peer.expects(goes_back(ack()));
}

TEST_CASE("RFC 9293 §3.9.2.1: a later source route overrides the earlier one", "[3.9.2.1][SHLD-24]") {
  Conversation c = in_listen(accepting());
  c.peer.sends(syn().ip_options(came_by({g1})));
  c.peer.expects(by({g1}, syn_ack()));
  c.peer.sends(syn().seq(0).ip_options(came_by({g2})));
  c.peer.expects(by({g2}, syn_ack()));
  c.peer.sends(ack().seq(1).ip_options(came_by({g1, g3})));
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends("text"));
  c.peer.expects(by({g3, g1}, data("text")));
  c.peer.sends(ack().ip_options(came_by({g2})));
  REQUIRE(c.host.sends("more"));
  c.peer.expects(by({g2}, data("more")));
}

TEST_CASE("RFC 9293 §3.9.2.1: a segment that is not acceptable, or acknowledges what was not sent, changes no route",
          "[3.9.2.1][SHLD-24][RFC5961]") {
  Conversation c = in_established(accepting());
  c.peer.sends(data("forged").seq(100'000).ip_options(came_by({g1})));
  c.peer.expects(by({}, ack()));
  c.peer.sends(data("forged").ack(100'000).ip_options(came_by({g1})));
  c.peer.expects(by({}, ack()));
  c.peer.sends(rst().seq(5).ip_options(came_by({g1})));
  c.peer.expects(by({}, ack()));
}

TEST_CASE("RFC 9293 §3.9.2.1: source routes are not accepted unless the host is told to, and then they are ignored",
          "[3.9.2.1][MUST-50]") {
  Conversation c = in_listen();
  c.peer.sends(syn().ip_options(came_by({g1, g2})));
  c.peer.expects(by({}, syn_ack()));
  c.peer.sends(ack().ip_options(came_by({g1, g2})));
  REQUIRE(c.host.accepts());
  REQUIRE(c.host.sends("text"));
  c.peer.expects(by({}, data("text")));
  CHECK(c.host.count(Counter::ip_options_ignored) == 2);
}

TEST_CASE("RFC 9293 §3.9.2.1: no answer goes by what is no single host's address", "[3.9.2.1][MUST-53]") {
  Conversation c = in_listen(accepting());
  for (const IpAddress& bad : {IpAddress::v4(192, 0, 2, 255), IpAddress::v4(224, 0, 0, 1), IpAddress{},
                               IpAddress::v4(192, 0, 2, 2), IpAddress::v4(127, 0, 0, 1)}) {
    c.peer.sends(syn().seq(0).ip_options(came_by({bad, g1})));
    c.peer.expects(by({}, syn_ack()));
    c.peer.sends(syn().seq(0).ip_options(came_by({g1, bad})));
    c.peer.expects(by({}, syn_ack()));
  }
}

TEST_CASE("RFC 1122 §3.3.5: a source route that goes on from here is refused, with an ICMP error", "[3.9.2.1]") {
  const bool accept = GENERATE(false, true);
  Setup setup;
  setup.config.accept_source_routes = accept;
  Conversation c = in_listen(setup);
  std::vector<std::uint8_t> option = came_by({g1, peer_endpoint_v4.address});
  option[2] = 8;  // one of them is still to come
  c.peer.sends(syn().ip_options(option));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "LISTEN");
  CHECK(c.host.count(Counter::ip_source_route_refused) == 1);
  REQUIRE(c.host.others().size() == 1);
  CHECK(c.host.others().front().protocol == 1);
  CHECK(c.host.others().front().payload[0] == 3);  // destination unreachable,
  CHECK(c.host.others().front().payload[1] == 5);  // source route failed
}

TEST_CASE("RFC 9293 §3.5.2: a reset goes back the way that its cause came", "[3.9.2.1][3.5.2][MUST-53]") {
  Conversation c = in_closed(accepting());
  c.peer.sends(ack().seq(1).ack(1).ip_options(came_by({g1, g2})));
  c.peer.expects(by({g2, g1}, rst()));
  c.peer.sends(ack().seq(1).ack(1));
  c.peer.expects(by({}, rst()));
}

TEST_CASE("RFC 9293 §3.7.1: options of IP make the segments smaller, and not the MSS that is announced",
          "[3.7.1][3.9.2.1][MUST-16][MUST-67]") {
  const std::size_t count = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{9});
  const auto options_size = static_cast<std::uint16_t>(4 + 4 * count);
  Opened c(open_by(Gateways(count, g1)));
  c.peer.expects(syn().mss(1460));
  SECTION("by the peer's MSS") {
    c.peer.sends(syn_ack().mss(1000));
    CHECK(c.host.status().effective_mss == 1000 - options_size);
  }
  SECTION("by our MTU") {
    c.peer.sends(syn_ack().mss(8960));
    CHECK(c.host.status().effective_mss == 1460 - options_size);
  }
  SECTION("beside timestamps, and packet by packet") {
    c.peer.sends(syn_ack().mss(1460).timestamps(7, 0));
    const std::size_t mss = c.host.status().effective_mss;
    CHECK(mss == 1448U - options_size);
    c.peer.expects(ack());
    REQUIRE(c.host.sends_octets(5000));
    for (int i = 0; i < 3; ++i) {
      const TcpPacket packet = c.peer.expects(octets(mss));
      CHECK(packet.size == 1500);
      CHECK(packet.ip_options.size() == options_size);
    }
  }
}

TEST_CASE("RFC 9293 §3.9.2.2: an ICMP error on the way finds the connection by its route's end", "[3.9.2.1][MUST-54]") {
  Opened c(open_by({g1, g2}));
  const TcpPacket sent = c.peer.expects(by({g1, g2}, syn()));
  c.peer.sends_icmp_error(3, 1, sent);
  c.host.expects_notice(TcpError::host_unreachable);
  CHECK(c.host.count(Counter::icmp_errors_delivered) == 1);
  c.peer.sends_icmp_error(3, 2, sent);
  c.host.expects_closed(TcpError::protocol_unreachable);
}

}  // namespace handwave::test
