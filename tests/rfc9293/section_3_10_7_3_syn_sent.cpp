// RFC 9293 §3.10.7.3: SEGMENT ARRIVES in the SYN-SENT state, with erratum 8167 (the sequence number of a RST is not
// looked at: there is no RCV.NXT to compare it with).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.7.3 first: SEG.ACK =< ISS or SEG.ACK > SND.NXT is answered with <SEQ=SEG.ACK><CTL=RST>",
          "[3.10.7.3][3.5.2]") {
  const auto setup = GENERATE(from_range(active_setups()));
  for (const std::int64_t unacceptable : {0LL, -1LL, 2LL, 1000LL, 0x7fff'ffffLL, -0x7fff'0000LL})
    for (const Segment& segment : {ack(), syn_ack(), data("text"), fin()}) {
      Conversation c = in_syn_sent(setup);
      c.peer.sends(segment.seq(0).ack(unacceptable));
      c.peer.expects(rst().seq(unacceptable));
      c.peer.expects_nothing();
      CHECK(state_of(c) == "SYN-SENT");
    }
}

TEST_CASE("RFC 9293 §3.10.7.3 first: a RST with an unacceptable ACK is dropped", "[3.10.7.3][U-5][5961-3.2-f]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  for (const std::int64_t unacceptable : {0, -1, 2, 1000}) {
    c.peer.sends(rst_ack().seq(0).ack(unacceptable));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "SYN-SENT");
    CHECK(c.host.events().empty());
  }
}

TEST_CASE("RFC 9293 §3.10.7.3 second: a RST with an acceptable ACK ends the OPEN, whatever its sequence number",
          "[3.10.7.3][3.5.3][MUST-12][U-5][5961-3.2-f]") {
  const auto setup = GENERATE(from_range(active_setups()));
  for (const std::int64_t seq : {0, 1, 12345, -1}) {
    Conversation c = in_syn_sent(setup);
    c.peer.sends(rst_ack().seq(seq).ack(1));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "CLOSED");
    c.host.expects_closed(TcpError::connection_refused);
    CHECK(c.host.sends("x").error() == TcpError::connection_does_not_exist);
  }
}

TEST_CASE("RFC 9293 §3.10.7.3 second: the RST of §3.10.7.1, with sequence number zero, is believed",
          "[3.10.7.3][U-5]") {
  auto setup = GENERATE(from_range(active_setups()));
  setup.peer_isn = Seq{0};
  Conversation c = in_syn_sent(setup);
  c.peer.sends(rst_ack().seq(0).ack(1).text("nobody listens here"));
  CHECK(state_of(c) == "CLOSED");
  c.host.expects_closed(TcpError::connection_refused);
}

TEST_CASE("RFC 9293 §3.10.7.3 second: a RST without an ACK is dropped", "[3.10.7.3][3.5.3][5961-3.2-f]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  for (const Segment& segment : {rst(), rst().flag(SYN), rst().flag(FIN)}) {
    c.peer.sends(segment.seq(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "SYN-SENT");
  }
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: a SYN,ACK is answered <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>", "[3.10.7.3][3.5]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  c.peer.sends(setup.with_options(syn_ack()).ack(1));
  c.peer.expects(ack().seq(1).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "ESTABLISHED");
  c.host.expects_event(&Event::established);
  CHECK(c.host.status().send_window == 65535);
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: SENDs that waited for the connection ride on the ACK or follow it",
          "[3.10.7.3][3.10.2][U-6]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  REQUIRE(c.host.sends("hello") == 5U);
  c.peer.expects_nothing();
  c.peer.sends(setup.with_options(syn_ack()).ack(1));
  c.peer.expects(data("hello").seq(1).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: text on the SYN,ACK goes on at the sixth step", "[3.10.7.3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  c.peer.sends(syn_ack().ack(1).text("welcome"));
  c.peer.expects(ack().seq(1).ack(8));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "ESTABLISHED");
  CHECK(c.host.receives() == "welcome");
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: URG on the SYN,ACK goes on at the sixth step", "[3.10.7.3][MUST-32]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  // The pointer counts from SEG.SEQ, which is the SYN's own number.
  c.peer.sends(syn_ack().ack(1).text("welcome").urgent(4));
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 3);
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: a FIN on the SYN,ACK goes on to the eighth step", "[3.10.7.3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  c.peer.sends(syn_ack().flag(FIN).ack(1).text("bye"));
  c.peer.expects(ack().seq(1).ack(5));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "CLOSE-WAIT");
  c.host.expects_event(&Event::established);
  c.host.expects_event(&Event::peer_closed);
  CHECK(c.host.receives() == "bye");
}

TEST_CASE("RFC 9293 §3.10.7.3 fourth: a SYN without an ACK is answered <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>",
          "[3.10.7.3][MUST-10]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  c.peer.sends(setup.with_options(syn()));
  c.peer.expects(syn_ack().seq(0).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "SYN-RECEIVED");
  CHECK(c.host.status().state == tcp::State::syn_received);
  CHECK(c.host.status().send_window == 65535);  // SND.WND <- SEG.WND
  c.host.expects_no_event(&Event::established);
}

TEST_CASE("RFC 9293 §3.10.7.3 fifth: with neither SYN nor RST the segment is dropped", "[3.10.7.3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_syn_sent(setup);
  for (const Segment& segment : {ack().ack(1), data("text").ack(1), fin().ack(1), bare(), bare().flag(FIN)}) {
    c.peer.sends(segment.seq(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "SYN-SENT");
  }
  CHECK(c.host.receives().error() == TcpError::would_block);
}

}  // namespace handwave::test
