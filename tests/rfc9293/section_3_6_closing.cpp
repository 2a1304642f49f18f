// RFC 9293 §3.6: closing a connection; Figures 12 and 13 as scripts.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// ESTABLISHED at the figures' numbers: peer A sends 100 next, and B 300.
Conversation figure(bool host_is_a) {
  Setup setup;
  setup.open = Open::active;
  setup.host_isn = host_is_a ? Seq{99} : Seq{299};
  setup.peer_isn = host_is_a ? Seq{299} : Seq{99};
  return in_established(setup);
}

void check_numbers(const TcpPacket& packet, std::uint32_t seq, std::uint32_t ack) {
  CHECK(packet.seq == Seq{seq});
  CHECK(packet.ack == Seq{ack});
}

}  // namespace

TEST_CASE("RFC 9293 §3.6, Figure 12: normal close sequence, as peer A", "[3.6][MUST-12][MUST-13]") {
  Conversation c = figure(true);
  REQUIRE(c.host.closes());
  check_numbers(c.peer.expects(fin()), 100, 300);  // line 2
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.peer.sends(ack().seq(1).ack(2));  // line 3
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.peer.sends(fin().seq(1).ack(2));  // line 4
  CHECK(state_of(c) == "TIME-WAIT");
  check_numbers(c.peer.expects(ack()), 101, 301);  // line 5
  CHECK(c.host.receives() == "");
  c.host.expects_closed();
  c.host.tick(2 * c.setup.config.msl);  // line 6
  CHECK(state_of(c) == "CLOSED");
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.6, Figure 12: normal close sequence, as peer B", "[3.6][MUST-12]") {
  Conversation c = figure(false);
  c.peer.sends(fin().seq(1).ack(1));               // line 2
  check_numbers(c.peer.expects(ack()), 300, 101);  // line 3
  CHECK(state_of(c) == "CLOSE-WAIT");
  c.host.expects_event(&Event::peer_closed);
  CHECK(c.host.receives() == "");
  REQUIRE(c.host.closes());
  check_numbers(c.peer.expects(fin()), 300, 101);  // line 4
  CHECK(state_of(c) == "LAST-ACK");
  c.peer.sends(ack().seq(2).ack(2));  // line 5
  CHECK(state_of(c) == "CLOSED");
  c.host.expects_event(&Event::all_acknowledged);
  c.host.expects_closed();
}

TEST_CASE("RFC 9293 §3.6, Figure 13: simultaneous close sequence", "[3.6][MUST-13]") {
  Conversation c = figure(true);
  REQUIRE(c.host.closes());
  check_numbers(c.peer.expects(fin()), 100, 300);  // line 2
  c.peer.sends(fin().seq(1).ack(1));
  check_numbers(c.peer.expects(ack()), 101, 301);  // line 3
  CHECK(state_of(c) == "CLOSING");
  c.peer.sends(ack().seq(2).ack(2));
  CHECK(state_of(c) == "TIME-WAIT");  // line 4
  c.peer.expects_nothing();
  c.host.tick(2 * c.setup.config.msl - 1s);
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.tick(1s);
  CHECK(state_of(c) == "CLOSED");
}

TEST_CASE("RFC 9293 §3.6: all that was SENT before CLOSE is delivered, and the FIN comes last", "[3.6]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 2000;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(5000) == 5000U);
  REQUIRE(c.host.closes());
  CHECK(c.host.sends("more").error() == TcpError::connection_closing);
  std::string received;
  std::int64_t next = 1;
  for (int turns = 0; turns < 100 && state_of(c) != "FIN-WAIT-2"; ++turns) {
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      CHECK(packet.has(FIN) == (next + static_cast<std::int64_t>(packet.text.size()) == 5001));
      CHECK(c.peer.relative_seq(packet) == next);
      received += packet.text;
      next += packet.sequence_length();
    }
    c.peer.sends(ack().seq(1).ack(next));
    c.host.tick(10ms);
  }
  CHECK(received == pattern_text(0, 5000));
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.host.expects_event(&Event::all_acknowledged);
}

TEST_CASE("RFC 9293 §3.6: the segments up to and with the FIN are retransmitted until acknowledged", "[3.6][3.10.8]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {fin_wait_1, closing, last_ack}) {
    Conversation c = in_state(state, setup);
    for (int i = 0; i < 3; ++i) {
      REQUIRE(c.host.tick_to_deadline());
      c.peer.expects(fin().seq(1).ack(rcv_nxt(state)));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
    }
  }
}

TEST_CASE("RFC 9293 §3.6: the application is told of a FIN and of a RST, and which of them it was", "[3.6][MUST-12]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation finished = in_established(setup);
  finished.peer.sends(fin());
  finished.host.expects_event(&Event::peer_closed);
  finished.host.expects_no_event(&Event::closed);
  CHECK(finished.host.receives() == "");
  Conversation aborted = in_established(setup);
  aborted.peer.sends(rst().seq(1));
  aborted.host.expects_no_event(&Event::peer_closed);
  aborted.host.expects_closed(TcpError::connection_reset);
  CHECK_FALSE(aborted.host.receives());
}

TEST_CASE("RFC 9293 §3.6: one who CLOSEs goes on to RECEIVE until told that there is no more", "[3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_2(setup);
  for (int i = 0; i < 5; ++i) {
    c.peer.sends(data("still talking, "));
    CHECK(c.host.receives() == "still talking, ");
    c.host.tick(100s);
    CHECK(state_of(c) == "FIN-WAIT-2");
  }
  c.peer.ignores_answers();
  c.peer.sends(fin());
  c.peer.expects(ack().seq(2).ack(77));
  CHECK(c.host.receives() == "");
}

TEST_CASE("RFC 9293 §3.6: with no ACK forthcoming in LAST-ACK the connection is aborted and the user told", "[3.6]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_last_ack(setup);
  c.host.tick(5min);
  c.host.expects_closed(TcpError::user_timeout);
  CHECK(state_of(c) == (setup.open == Open::passive ? "LISTEN" : "CLOSED"));
}

}  // namespace handwave::test
