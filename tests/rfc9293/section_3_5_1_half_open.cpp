// RFC 9293 §3.5.1: half-open connections and other anomalies; Figures 9, 10 and 11 as scripts.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// ESTABLISHED, with SND.NXT = 300 and RCV.NXT = 100 in the RFC's absolute numbers.
Conversation established_300_100() {
  Setup setup;
  setup.host_isn = Seq{299};
  setup.peer_isn = Seq{99};
  return in_established(setup);
}

}  // namespace

TEST_CASE("RFC 9293 §3.5.1, Figure 9: half-open connection discovery, as peer B", "[3.5.1][U-3][5961-4.2-d]") {
  Conversation c = established_300_100();
  ScriptedPeer rebooted(c.host, c.peer.sockets(), Seq{400});
  rebooted.sends(syn());  // line 3: <SEQ=400><CTL=SYN>
  const TcpPacket answer = rebooted.expects(ack());
  CHECK(answer.seq == Seq{300});  // line 4: <SEQ=300><ACK=100><CTL=ACK>
  CHECK(answer.ack == Seq{100});
  CHECK(state_of(c) == "ESTABLISHED");
  c.peer.sends(rst().seq(1));  // line 5: <SEQ=100><CTL=RST>
  c.host.expects_closed(TcpError::connection_reset);
  CHECK(state_of(c) == "LISTEN");
  rebooted.sends(syn().seq(0));  // line 7: Figure 6 again
  rebooted.expects(syn_ack().ack(1));
}

TEST_CASE("RFC 9293 §3.5.1, Figure 9: half-open connection discovery, as peer A", "[3.5.1][3.5.2]") {
  Setup setup;
  setup.open = Open::active;
  setup.host_isn = Seq{400};
  setup.peer_isn = Seq{300};
  Conversation c = in_syn_sent(setup);
  c.peer.sends(ack().seq(0).ack(-300));          // line 4: <SEQ=300><ACK=100><CTL=ACK>
  CHECK(c.peer.expects(rst()).seq == Seq{100});  // line 5
  CHECK(state_of(c) == "SYN-SENT");
  CHECK(c.host.events().empty());
  c.host.tick(1s);
  c.peer.expects(syn().seq(0));  // line 7
  c.peer.sends(syn_ack().seq(0).ack(1));
  c.peer.expects(ack().seq(1).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.5.1, Figure 10: active side causes half-open connection discovery, as peer A", "[3.5.1][U-11]") {
  Conversation c = in_closed();
  c.peer.sends(data("0123456789").seq(0).ack(100));  // line 2; no SYN of ours was seen: 100 counts from 0
  CHECK(c.peer.expects(rst()).seq == Seq{100});
}

TEST_CASE("RFC 9293 §3.5.1, Figure 10: active side causes half-open connection discovery, as peer B",
          "[3.5.1][MUST-12]") {
  Conversation c = established_300_100();
  REQUIRE(c.host.sends("0123456789"));
  const TcpPacket text = c.peer.expects(data("0123456789"));
  CHECK(text.seq == Seq{300});
  CHECK(text.ack == Seq{100});
  c.peer.sends(rst().seq(1));  // line 3
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 9293 §3.5.1, Figure 11: an old duplicate SYN initiates a reset on two passive sockets",
          "[3.5.1][MUST-11]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  // As peer B: stirred, and back to LISTEN.
  Conversation b = in_listen(setup);
  b.peer.sends(syn());
  b.peer.expects(syn_ack().ack(1));
  b.peer.sends(rst().seq(1));
  CHECK(state_of(b) == "LISTEN");
  // As peer A: the SYN,ACK finds LISTEN.
  Conversation a = in_listen(setup);
  a.peer.sends(syn_ack().seq(0).ack(1));
  CHECK(a.peer.expects(rst()).seq == Seq{1});
  CHECK(state_of(a) == "LISTEN");
}

TEST_CASE("RFC 9293 §3.5.2: in a synchronized state the answer to the unacceptable is an ACK, never a RST", "[3.5.2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states)
    for (const Segment& segment :
         {syn().seq(-5), syn_ack().seq(-5), ack().seq(-5), ack().seq(200'000), ack().seq(rcv_nxt(state)).ack(9999),
          data("x").seq(-5), fin().seq(200'000), rst().seq(rcv_nxt(state) + 9), bare().seq(rcv_nxt(state))}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(segment);
      for (const TcpPacket& packet : c.peer.ignores_answers()) {
        CHECK(flag_names(packet.flags) == "ACK");
        CHECK(packet.text.empty());
      }
      CHECK(state_of(c) == name_of(state));
    }
}

}  // namespace handwave::test
