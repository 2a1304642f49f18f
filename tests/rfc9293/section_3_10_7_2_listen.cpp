// RFC 9293 §3.10.7.2: SEGMENT ARRIVES in the LISTEN state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.7.2 first: a RST is ignored", "[3.10.7.2][3.5.3]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  for (const Segment& segment : {rst(), rst_ack(), rst().flag(SYN), rst_ack().flag(SYN)}) {
    c.peer.sends(segment.seq(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "LISTEN");
  }
}

TEST_CASE("RFC 9293 §3.10.7.2 second: any ACK is bad, and answered <SEQ=SEG.ACK><CTL=RST>", "[3.10.7.2][3.5.2]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  for (const Segment& segment : {ack(), syn_ack(), fin(), data("early")}) {
    c.peer.sends(segment.seq(0).ack(4242));
    CHECK(c.peer.expects(rst()).seq == Seq{4242});
    c.peer.expects_nothing();
    CHECK(state_of(c) == "LISTEN");
  }
  CHECK(c.host.stack().population().half_open == 0);
}

TEST_CASE("RFC 9293 §3.10.7.2 third: a SYN is answered <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>", "[3.10.7.2][3.5]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  const TcpPacket answer = c.peer.expects(syn_ack().seq(0).ack(1));
  CHECK(answer.seq == setup.host_isn);
  c.peer.expects_nothing();
  CHECK(state_of(c) == "SYN-RECEIVED");
  CHECK(c.host.events().empty());  // nobody is told before the handshake is complete
  CHECK_FALSE(c.host.accepts());
}

TEST_CASE("RFC 9293 §3.10.7.2 third: the remote socket is filled in from the SYN, and the listener listens on",
          "[3.10.7.2][3.9.1.1]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  FourTuple other = c.peer.sockets();
  other.remote.port += 1;
  ScriptedPeer second(c.host, other, Seq{99});
  c.peer.sends(syn());
  second.sends(syn());
  c.peer.expects(syn_ack().ack(1));
  second.expects(syn_ack().ack(1));
  c.peer.sends(ack());
  second.sends(ack());
  REQUIRE(c.host.accepts());
  CHECK(c.host.status().sockets == c.peer.sockets());
  REQUIRE(c.host.accepts());
  CHECK(c.host.status().sockets == other);
}

TEST_CASE("RFC 9293 §3.10.7.2 third: text on a SYN is not acknowledged, so that it comes again and is delivered once",
          "[3.10.7.2][3.5][4987-3.5-d]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  c.peer.sends(syn().text("hello").seq(0));
  c.peer.expects(syn_ack().seq(0).ack(1));
  CHECK(c.host.count(Counter::tcp_resets_sent) == 0);
  c.peer.sends(data("hello").seq(1).ack(1));
  REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == "hello");
}

TEST_CASE("RFC 9293 §3.10.7.2 third: a FIN on a SYN waits as its text does", "[3.10.7.2]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  c.peer.sends(syn().flag(FIN).seq(0));
  c.peer.expects(syn_ack().seq(0).ack(1));
  CHECK(state_of(c) == "SYN-RECEIVED");
  c.peer.sends(fin().seq(1).ack(1));
  c.peer.expects(ack().seq(1).ack(2));
  CHECK(state_of(c) == "CLOSE-WAIT");
}

TEST_CASE("RFC 9293 §3.10.7.2 fourth: what has neither RST nor ACK nor SYN is dropped", "[3.10.7.2]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_listen(setup);
  for (const Segment& segment : {bare(), bare().text("data"), bare().flag(FIN), bare().flag(FIN).flag(URG).flag(PSH)}) {
    c.peer.sends(segment.seq(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "LISTEN");
  }
}

}  // namespace handwave::test
