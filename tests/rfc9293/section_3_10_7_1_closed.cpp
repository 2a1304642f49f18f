// RFC 9293 §3.10.7.1: SEGMENT ARRIVES in the CLOSED state.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {

TEST_CASE("RFC 9293 §3.10.7.1: a segment with an ACK is answered <SEQ=SEG.ACK><CTL=RST>", "[3.10.7.1][3.5.2][U-11]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_closed(setup);
  for (const Segment& segment : {ack(), data("lost"), fin(), syn_ack(), ack().flag(URG).urgent(3)}) {
    c.peer.sends(segment.seq(0).ack(77));
    const TcpPacket reset = c.peer.expects(rst());
    CHECK(reset.seq == Seq{77});  // no SYN of ours was seen, so that the peer counts from 0
    CHECK(reset.text.empty());
    c.peer.expects_nothing();
    CHECK(state_of(c) == "CLOSED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.1: a segment without an ACK is answered <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>",
          "[3.10.7.1][3.5.2][U-11]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_closed(setup);
  // SEG.LEN counts SYN and FIN as octets of the sequence space.
  const std::pair<Segment, std::int64_t> cases[] = {{syn(), 1},
                                                    {syn().text("data"), 5},
                                                    {syn().flag(FIN), 2},
                                                    {bare(), 0},
                                                    {bare().text("data"), 4},
                                                    {bare().flag(FIN), 1},
                                                    {bare().flag(FIN).text("data"), 5}};
  for (const auto& [segment, length] : cases) {
    c.peer.sends(segment.seq(0));
    const TcpPacket reset = c.peer.expects(rst_ack().ack(length));
    CHECK(reset.seq == Seq{0});
    c.peer.expects_nothing();
    CHECK(state_of(c) == "CLOSED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.1: a RST is discarded, whatever else it carries", "[3.10.7.1][3.5.2][U-11]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_closed(setup);
  for (const Segment& segment :
       {rst(), rst_ack(), rst().flag(SYN), rst_ack().flag(SYN), rst().flag(FIN), rst_ack().text("why")}) {
    c.peer.sends(segment.seq(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "CLOSED");
  }
  CHECK(c.host.count(Counter::tcp_rst_ignored) == 6);
}

TEST_CASE("RFC 9293 §3.10.7.1: after a connection is gone, its segments find CLOSED", "[3.10.7.1][3.5.1]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_last_ack(setup);
  c.peer.sends(ack().ack(2));
  CHECK(state_of(c) == "CLOSED");
  c.peer.sends(data("late").seq(2).ack(2));
  c.peer.expects(rst().seq(2));
  c.peer.sends(fin().seq(1).ack(2));
  c.peer.expects(rst().seq(2));
}

}  // namespace handwave::test
