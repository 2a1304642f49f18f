// What other stacks got wrong, each a test by its name. (RST+ACK and cookies, and what 10,000 SYNs cost, are in
// rfc4987_syn_cookies.cpp; what TIME-WAIT costs a lookup, in tests/unit/tcp_flow_table.cpp; the 64 KiB MSS, in
// tests/sim/large_segments.cpp.)
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("close() against a zero window still sends FIN", "[regression][3.8.6.1][3.10.4]") {
  const auto setup = GENERATE(from_range(setups()));
  SECTION("with nothing else to send") {
    Conversation c = in_established(setup);
    c.peer.sends(ack().wnd(0));
    REQUIRE(c.host.closes());
    c.host.tick(2s);
    c.peer.expects(fin().seq(1).ack(1));
    c.peer.sends(ack().ack(2).wnd(0));
    CHECK(state_of(c) == "FIN-WAIT-2");
  }
  SECTION("behind text that waits for the window") {
    Conversation c = in_established(setup);
    c.peer.sends(ack().wnd(0));
    REQUIRE(c.host.sends("text"));
    REQUIRE(c.host.closes());
    c.host.tick(1min);
    for (const TcpPacket& probe : c.peer.ignores_answers()) CHECK(probe.text == "t");
    c.peer.sends(ack().ack(2).wnd(1000));
    c.peer.expects(fin().seq(2).text("ext"));
  }
}

TEST_CASE("an ACK without timestamps after they were negotiated is dropped, and no reason to reset",
          "[regression][RFC7323][7323-3.2-f][7323-3.2-g]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_timestamps = true;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text"));
  c.peer.sends(ack().no_timestamps());
  c.peer.expects_nothing();
  CHECK(c.host.status().awaiting_acknowledgment == 4);
  CHECK(c.host.count(Counter::tcp_timestamp_missing) == 1);
  c.peer.sends(ack());
  CHECK(c.host.status().awaiting_acknowledgment == 0);
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("a SYN with ECE and CWR is answered, not reset", "[regression][3.10.7.2][RFC3168]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn().flag(ECE).flag(CWR)));
  const TcpPacket answer = c.peer.expects_any();
  CHECK(answer.has(SYN));
  CHECK(answer.has(ACK));
  CHECK_FALSE(answer.has(RST));
  c.peer.sends(data("hello").seq(1).ack(1));
  REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == "hello");
}

TEST_CASE("close with unread data resets", "[regression][3.6.1][SHLD-3]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("unread"));
  REQUIRE(c.host.closes(CloseKind::both));
  c.peer.expects(rst().seq(1));
  CHECK((state_of(c) == "CLOSED" || state_of(c) == "LISTEN"));
}

TEST_CASE("keep-alive does not fire in TIME-WAIT", "[regression][3.8.4][3.6.1]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.keep_alive = {.enabled = true, .idle = 1s, .interval = 1s, .probes = 3};
  Conversation c = in_time_wait(setup);
  c.host.tick(2 * setup.config.msl - 1ms);
  c.peer.expects_nothing();
  CHECK(state_of(c) == "TIME-WAIT");
  CHECK(c.host.count(Counter::tcp_keep_alives_sent) == 0);
}

TEST_CASE("shutdown in SYN-SENT ends the OPEN, and a late SYN,ACK finds nothing", "[regression][3.10.4]") {
  const auto setup = GENERATE(from_range(active_setups()));
  for (const CloseKind kind : {CloseKind::sending, CloseKind::both}) {
    Conversation c = in_syn_sent(setup);
    REQUIRE(c.host.closes(kind));
    c.host.expects_closed();
    CHECK(state_of(c) == "CLOSED");
    c.host.tick(10min);
    c.peer.expects_nothing();
    c.peer.sends(syn_ack().seq(0).ack(1));
    c.peer.expects(rst().seq(1));
  }
}

TEST_CASE("SACK blocks with an initial sequence number in the upper half", "[regression][RFC2018]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_sack = true;
  for (const std::uint32_t isn : {0x8000'0000U, 0xa000'0000U, 0xffff'0000U, 0xffff'fff0U}) {
    setup.host_isn = setup.peer_isn = Seq{isn};
    Conversation c = in_established(setup);
    // Ours.
    c.peer.sends(octets(100).seq(201));
    c.peer.expects(ack().ack(1).sack({{201, 301}}));
    c.peer.sends(octets(100).seq(401));
    c.peer.expects(ack().ack(1).sack({{401, 501}, {201, 301}}));
    c.peer.sends(octets(200).seq(1));
    c.peer.expects(ack().ack(301).sack({{401, 501}}));
    c.peer.sends(octets(100).seq(301));
    c.peer.expects(ack().ack(501).no_sack());
    // The peer's: only what is missing is sent again.
    REQUIRE(c.host.sends_octets(8000));
    c.host.tick(100ms);
    c.peer.ignores_answers();
    const std::int64_t mss = c.host.status().effective_mss;
    c.peer.sends(ack().seq(501).ack(1).sack({{mss + 1, 8001}}));
    c.peer.expects(octets(static_cast<std::size_t>(mss)).seq(1));
    c.peer.expects_nothing();
  }
}

TEST_CASE("a window shrunk below what is in flight", "[regression][3.8.6][MUST-34][SHLD-15][SHLD-16]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_sack = GENERATE(false, true);
  setup.config.path_mtu_search = false;  // to which silence for so long is a black hole
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(5000));
  c.host.tick(20ms);
  c.peer.ignores_answers();
  c.peer.sends(ack().ack(1).wnd(1000));  // it had offered 65535
  REQUIRE(c.host.sends_octets(1000));
  // Neither anything new nor anything beyond the window, however long it lasts; what lies within comes again.
  c.host.tick(30s);
  const std::vector<TcpPacket> again = c.peer.ignores_answers();
  CHECK_FALSE(again.empty());
  for (const TcpPacket& packet : again) CHECK(c.peer.relative_seq(packet) + std::int64_t(packet.text.size()) <= 1001);
  c.peer.sends(ack().ack(5001).wnd(65535));
  c.peer.expects(octets(1000).seq(5001));
  c.peer.sends(ack().ack(6001));
  CHECK(c.host.status().awaiting_acknowledgment == 0);
}

TEST_CASE("an effective MSS that forgets option length", "[regression][3.7.1][MUST-16]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_timestamps = setup.peer_sack = true;
  setup.peer_mss = static_cast<std::uint16_t>(setup.family == IpAddress::Family::v4 ? 1460 : 1440);
  Conversation c = in_established(setup);
  CHECK(c.host.status().effective_mss == *setup.peer_mss - 12);
  // Text beside SACK blocks, which take their room from the segment or wait.
  for (const std::int64_t hole : {100, 300, 500, 700}) c.peer.sends(octets(100).seq(1 + hole));
  c.peer.ignores_answers();
  REQUIRE(c.host.sends_octets(10'000));
  std::size_t sent = 0;
  for (const TcpPacket& packet : c.peer.ignores_answers()) {
    CHECK(packet.size <= 1500);
    sent += packet.text.size();
  }
  CHECK(sent == 10'000);
}

TEST_CASE("an MSS of 12 or less", "[regression][3.7.1]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_timestamps = GENERATE(false, true);
  for (const int mss : {0, 1, 11, 12}) {
    setup.peer_mss = static_cast<std::uint16_t>(mss);
    Conversation c = in_established(setup);
    CHECK(c.host.status().effective_mss > 0);
    REQUIRE(c.host.sends_octets(300));
    std::string received;
    for (int round = 0; round < 100 && received.size() < 300; ++round) {
      for (const TcpPacket& packet : c.peer.ignores_answers()) {
        CHECK_FALSE(packet.text.empty());
        received += packet.text;
      }
      c.peer.sends(ack());
    }
    CHECK(received == pattern_text(0, 300));
  }
}

TEST_CASE("reset in SYN-SENT fails the connect at once", "[regression][3.10.7.3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  c.peer.sends(rst_ack().seq(0).ack(1));
  c.host.expects_closed(TcpError::connection_refused);
  CHECK(state_of(c) == "CLOSED");
  c.host.tick(10min);
  c.peer.expects_nothing();
}

TEST_CASE("half-close passed on", "[regression][3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(fin().text("last words"));
  c.peer.expects(ack().ack(12));
  c.host.expects_event(&Event::peer_closed);
  CHECK(c.host.receives() == "last words");
  CHECK(c.host.receives()->empty());  // the end, told apart from "nothing yet"
  // And the other direction is as open as before.
  REQUIRE(c.host.sends("an answer"));
  c.peer.expects(data("an answer"));
  c.peer.sends(ack());
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(10));
  CHECK(state_of(c) == "LAST-ACK");
}

}  // namespace handwave::test
