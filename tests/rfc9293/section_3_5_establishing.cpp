// RFC 9293 §3.5: establishing a connection; Figures 6, 7 and 8 as scripts, with the RFC's own sequence numbers.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// The host is the figures' peer A, which begins at 100, and the script is B, which begins at 300; or the other way
/// round for a passive OPEN.
Setup figure(Open open) {
  Setup setup;
  setup.open = open;
  setup.host_isn = open == Open::active ? Seq{100} : Seq{300};
  setup.peer_isn = open == Open::active ? Seq{300} : Seq{100};
  return setup;
}

void check_numbers(const TcpPacket& packet, std::uint32_t seq, std::uint32_t ack) {
  CHECK(packet.seq == Seq{seq});
  CHECK(packet.ack == Seq{ack});
}

}  // namespace

TEST_CASE("RFC 9293 §3.5, Figure 6: basic three-way handshake, as peer A", "[3.5]") {
  Conversation c = in_syn_sent(figure(Open::active));
  CHECK(c.peer.host_isn() == Seq{100});
  c.peer.sends(syn_ack().seq(0).ack(1));
  check_numbers(c.peer.expects(ack()), 101, 301);
  CHECK(state_of(c) == "ESTABLISHED");
  REQUIRE(c.host.sends("data"));
  check_numbers(c.peer.expects(data("data")), 101, 301);
}

TEST_CASE("RFC 9293 §3.5, Figure 6: basic three-way handshake, as peer B", "[3.5]") {
  Conversation c = in_listen(figure(Open::passive));
  c.peer.sends(syn());
  check_numbers(c.peer.expects(syn_ack()), 300, 101);
  CHECK(state_of(c) == "SYN-RECEIVED");
  c.peer.sends(ack().seq(1).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
  c.peer.sends(data("data").seq(1).ack(1));
  REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == "data");
}

TEST_CASE("RFC 9293 §3.5, Figure 7: simultaneous connection synchronization", "[3.5][MUST-10]") {
  Conversation c = in_syn_sent(figure(Open::active));
  c.peer.sends(syn());                                 // line 3
  CHECK(state_of(c) == "SYN-RECEIVED");                //
  check_numbers(c.peer.expects(syn_ack()), 100, 301);  // line 5
  c.peer.sends(syn_ack().seq(0).ack(1));               // line 6
  CHECK(state_of(c) == "ESTABLISHED");                 //
  check_numbers(c.peer.expects(ack()), 101, 301);      // a peer that lost our SYN,ACK needs it
  c.host.expects_event(&Event::established);
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.5: a simultaneous open ends with an ACK, a SYN,ACK, or text just as well", "[3.5][MUST-10]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation by_ack = in_syn_received(setup);
  by_ack.peer.sends(ack().seq(1).ack(1));
  CHECK(state_of(by_ack) == "ESTABLISHED");
  by_ack.peer.expects_nothing();
  Conversation by_syn_ack = in_syn_received(setup);
  by_syn_ack.peer.sends(setup.with_options(syn_ack()).seq(0).ack(1));
  CHECK(state_of(by_syn_ack) == "ESTABLISHED");
  by_syn_ack.peer.expects(ack().seq(1).ack(1));
  Conversation by_text = in_syn_received(setup);
  by_text.peer.sends(data("go").seq(1).ack(1));
  CHECK(state_of(by_text) == "ESTABLISHED");
  CHECK(by_text.host.receives() == "go");
  Conversation with_text = in_syn_received(setup);
  with_text.peer.sends(syn_ack().text("go").flag(FIN).seq(0).ack(1));
  with_text.peer.expects(ack().seq(1).ack(4));
  CHECK(state_of(with_text) == "CLOSE-WAIT");
  CHECK(with_text.host.receives() == "go");
}

TEST_CASE("RFC 9293 §3.5: a simultaneous open survives the loss of any of its segments", "[3.5][MUST-10]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_received(setup);
  c.host.tick(1s);
  c.peer.expects(syn_ack().seq(0).ack(1));  // ours was lost, or the peer's is late
  c.peer.sends(setup.with_options(syn()).seq(0));
  c.peer.expects(ack().seq(1).ack(1));  // §3.10.7.4 fourth
  c.peer.sends(setup.with_options(syn_ack()).seq(0).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
  REQUIRE(c.host.sends("text"));
  c.peer.expects(ack().seq(1).ack(1));
  c.peer.expects(data("text").seq(1).ack(1));
}

TEST_CASE("RFC 9293 §3.5: a simultaneous open takes the window of a SYN,ACK unscaled",
          "[3.5][MUST-10][RFC7323][7323-2.2-d]") {
  auto setup = GENERATE(from_range(active_setups()));
  setup.peer_window_scale = 7;
  setup.peer_wnd = 1024;
  Conversation c = in_syn_received(setup);
  c.peer.sends(setup.with_options(syn_ack()).seq(0).ack(1).wnd(1024));
  CHECK(c.host.status().send_window == 1024);
  c.peer.expects(ack());
  c.peer.sends(ack().seq(1).ack(1).wnd(1024));
  CHECK(c.host.status().send_window == 131'072);
}

TEST_CASE("RFC 9293 §3.5, Figure 8: recovery from an old duplicate SYN, as peer B", "[3.5][MUST-11]") {
  Setup setup = figure(Open::passive);
  setup.peer_isn = Seq{90};
  Conversation c = in_listen(setup);
  c.peer.sends(syn());                                // line 3: <SEQ=90>
  check_numbers(c.peer.expects(syn_ack()), 300, 91);  // line 4
  c.peer.sends(rst().seq(1));                         // line 5: <SEQ=91>
  CHECK(state_of(c) == "LISTEN");
  ScriptedPeer real(c.host, c.peer.sockets(), Seq{100});
  real.sends(syn());  // line 6: <SEQ=100>
  const TcpPacket answer = real.expects(syn_ack().ack(1));
  CHECK(answer.ack == Seq{101});
  real.sends(ack());  // line 8
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.5, Figure 8: recovery from an old duplicate SYN, as peer A", "[3.5][3.5.2]") {
  Conversation c = in_syn_sent(figure(Open::active));
  c.peer.sends(syn_ack().seq(0).ack(-9));       // line 4: <SEQ=300><ACK=91>
  CHECK(c.peer.expects(rst()).seq == Seq{91});  // line 5
  CHECK(state_of(c) == "SYN-SENT");
  ScriptedPeer real(c.host, c.peer.sockets(), Seq{400});
  c.host.tick(1s);
  real.expects(syn().seq(0));
  real.sends(syn_ack().ack(1));                  // line 7: <SEQ=400><ACK=101>
  check_numbers(real.expects(ack()), 101, 401);  // line 8
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.5: SYN-RECEIVED remembers whether the OPEN was passive or active", "[3.5][MUST-11]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(rst().seq(1));
  if (setup.open == Open::passive) {
    CHECK(state_of(c) == "LISTEN");
    CHECK(c.host.events().empty());
    c.peer.set_next_seq(0);
    c.peer.sends(syn());
    c.peer.expects(syn_ack().ack(1));
  } else {
    CHECK(state_of(c) == "CLOSED");
    c.host.expects_closed(TcpError::connection_refused);
  }
}

}  // namespace handwave::test
