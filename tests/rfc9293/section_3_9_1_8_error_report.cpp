// RFC 9293 §3.9.1.8: asynchronous reports of soft errors; §3.9.1.9: the Differentiated Services field.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;
using enum IpAddress::Family;

bool gave_notice(const Host& host) {
  for (const Event& event : host.events())
    if (event.notice) return true;
  return false;
}

/// What in the network says "destination unreachable: no route".
void is_unreachable(Conversation& c, const TcpPacket& quoted) {
  c.peer.sends_icmp_error(c.setup.family == v4 ? 3 : 1, 0, quoted);
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.1.8: soft errors are reported to the application", "[3.9.1.8][MUST-47][SHLD-25][U-7]") {
  Conversation c = in_established({.family = GENERATE(v4, v6)});
  REQUIRE(c.host.sends("text"));
  const TcpPacket sent = c.peer.expects(data("text"));
  is_unreachable(c, sent);
  c.host.expects_notice(TcpError::host_unreachable);
  c.host.tick(7s);
  c.host.expects_notice(TcpError::not_acknowledged);
  CHECK(c.host.state() == tcp::State::established);
}

TEST_CASE("RFC 9293 §3.9.1.8: they are not where the application has disabled them", "[3.9.1.8][SHLD-20]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open};
  setup.connection.error_reports = false;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("text"));
  const TcpPacket sent = c.peer.expects(data("text"));
  is_unreachable(c, sent);
  c.host.tick(20s);
  CHECK_FALSE(gave_notice(c.host));
  CHECK(c.host.count(Counter::icmp_errors_delivered) == 1);
  // The end of the connection is no soft error.
  c.host.tick(10min);
  c.host.expects_closed(TcpError::user_timeout);
}

TEST_CASE("RFC 9293 §3.9.1.8: they are switched off and on at any time", "[3.9.1.8][SHLD-20]") {
  Conversation c = in_established();
  REQUIRE(c.host.sends("text"));
  const TcpPacket sent = c.peer.expects(data("text"));
  c.host.sets_options({.error_reports = false});
  is_unreachable(c, sent);
  CHECK_FALSE(gave_notice(c.host));
  c.host.sets_options({});
  is_unreachable(c, sent);
  c.host.expects_notice(TcpError::host_unreachable);
}

TEST_CASE("RFC 9293 §3.9.1.9: the application sets the Differentiated Services field of all segments",
          "[3.9.1.9][MUST-48][SHLD-22]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Setup setup{.open = open, .family = GENERATE(v4, v6)};
  setup.connection.traffic_class = 46 << 2;
  Conversation c = open == Open::active ? in_syn_sent(setup) : in_listen(setup);
  if (open == Open::active) {
    c.host.tick(1s);
    c.peer.expects(syn().traffic_class(46 << 2));
    c.peer.sends(syn_ack());
    c.peer.expects(ack().traffic_class(46 << 2));
  } else {
    c.peer.sends(syn());
    c.peer.expects(syn_ack().traffic_class(46 << 2));
    c.peer.sends(ack().seq(70'000));  // not acceptable: the answer of a half-open connection
    c.peer.expects(ack().traffic_class(46 << 2));
    c.peer.sends(ack());
    REQUIRE(c.host.accepts());
  }
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").traffic_class(46 << 2));
  c.host.tick(open == Open::active ? 3s : 1s);  // RFC 6298 (5.7): its SYN was sent twice
  c.peer.expects(data("text").traffic_class(46 << 2));
  c.peer.sends(ack());
  REQUIRE(c.host.closes());
  c.peer.expects(fin().traffic_class(46 << 2));
  c.peer.sends(fin());
  c.peer.expects(ack().traffic_class(46 << 2));  // from TIME-WAIT
}

TEST_CASE("RFC 9293 §3.9.1.9: and changes it while the connection lasts", "[3.9.1.9][SHLD-21][MUST-48]") {
  Conversation c = in_established({.family = GENERATE(v4, v6)});
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a").traffic_class(0));
  c.peer.sends(ack());
  c.host.sets_options({.traffic_class = 10 << 2});
  REQUIRE(c.host.sends("b"));
  c.peer.expects(data("b").traffic_class(10 << 2));
}

}  // namespace handwave::test
