// RFC 9293 §3.10.7.4, fourth: check the SYN bit, in every state; RFC 5961 §4 and its rate (§7). TIME-WAIT's new SYN is
// in section_3_6_1_time_wait.cpp.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// Sequence numbers of SYNs: that of the connection's own, the one before RCV.NXT, RCV.NXT, in the window, its last,
/// and outside.
std::vector<std::int64_t> sequence_numbers(tcp::State state) {
  const std::int64_t nxt = rcv_nxt(state);
  return {0, nxt - 1, nxt, nxt + 1, nxt + 65534, nxt + 65535, nxt - 1000, nxt + 0x7000'0000};
}

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 fourth: a SYN in a synchronized state is challenged, irrespective of its sequence number",
          "[3.10.7.4][RFC5961][U-3][5961-4.2-a][5961-4.2-b][5961-4.2-c]") {
  // Opened actively, so that no listener can take the SYN out of TIME-WAIT.
  const auto setup = GENERATE(from_range(active_setups()));
  for (const tcp::State state : synchronized_states)
    for (const std::int64_t seq : sequence_numbers(state))
      for (const Segment& segment : {syn(), syn_ack().ack(snd_nxt(state)), syn().text("text"), syn().flag(FIN)}) {
        INFO(name_of(state) << ", " << segment.to_string() << ", SEG.SEQ=" << seq);
        Conversation c = in_state(state, setup);
        c.peer.sends(segment.seq(seq));
        c.peer.expects(acknowledgment_in(state));
        c.peer.expects_nothing();
        CHECK(state_of(c) == name_of(state));
        CHECK(c.host.events().empty());
      }
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: passively opened connections challenge a SYN as well",
          "[3.10.7.4][U-3][5961-4.2-b]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const tcp::State state : synchronized_states)
    for (const std::int64_t seq : sequence_numbers(state)) {
      if (state == tcp::State::time_wait && seq >= rcv_nxt(state)) continue;  // MAY-2
      Conversation c = in_state(state, setup);
      c.peer.sends(syn().seq(seq));
      c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: SYN-RECEIVED after an active OPEN challenges a SYN", "[3.10.7.4][MUST-11][U-3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  for (const std::int64_t seq : {1LL, 2LL, 65535LL, 65536LL, -1000LL}) {
    Conversation c = in_syn_received(setup);
    c.peer.sends(syn().seq(seq));
    c.peer.expects(ack().seq(1).ack(1));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "SYN-RECEIVED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: SYN-RECEIVED after a passive OPEN returns to LISTEN at a SYN in the window",
          "[3.10.7.4][MUST-11]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : {1, 2, 65535}) {
    Conversation c = in_syn_received(setup);
    c.peer.sends(syn().seq(seq));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "LISTEN");
    CHECK(c.host.events().empty());
    // Sent again, it opens a connection with its own numbers.
    c.peer.sends(syn().seq(seq));
    c.peer.expects(syn_ack().ack(seq + 1));
    c.peer.sends(ack().seq(seq + 1));
    CHECK(state_of(c) == "ESTABLISHED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first, fourth: a SYN outside the window of SYN-RECEIVED is acknowledged and dropped",
          "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : {65536LL, -1000LL, 0x7000'0000LL}) {
    Conversation c = in_syn_received(setup);
    c.peer.sends(syn().seq(seq));
    c.peer.expects(ack().seq(1).ack(1));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "SYN-RECEIVED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4: the SYN of SYN-RECEIVED, retransmitted, is answered with our SYN again", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  Conversation c = in_syn_received(setup);
  c.peer.sends(setup.with_options(syn()).seq(0));
  c.peer.expects(syn_ack().seq(0).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "SYN-RECEIVED");
  c.peer.sends(ack().seq(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: our ACK was lost, and the SYN,ACK sent again is acknowledged",
          "[3.10.7.4][U-3]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_established(setup);
  c.peer.sends(setup.with_options(syn_ack()).seq(0).ack(1));
  c.peer.expects(ack().seq(1).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: at a closed window a SYN is challenged once", "[3.10.7.4][U-3]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.receive_buffer = 1000;
  Conversation c = in_established(setup);
  c.peer.sends(octets(1000));
  c.host.tick(1s);
  c.peer.expects(ack().ack(1001).wnd(0));
  for (const std::int64_t seq : {0, 1000, 1001, 1002}) {
    c.peer.sends(syn().seq(seq));
    c.peer.expects(ack().seq(1).ack(1001).wnd(0));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "ESTABLISHED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 fourth: a SYN is challenged though it lacks the timestamps of the connection",
          "[3.10.7.4][RFC7323][U-3]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_timestamps = true;
  Conversation c = in_established(setup);
  c.peer.sends(syn().seq(1'000'000).no_timestamps());
  c.peer.expects(ack().seq(1).ack(1));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 5961 §7: the ACKs that challenge SYNs are limited, wherever the SYNs lie",
          "[3.10.7.4][RFC5961][U-3][5961-7-a]") {
  const auto setup = GENERATE(from_range(active_setups()));
  for (const tcp::State state : synchronized_states)
    for (const std::int64_t seq : sequence_numbers(state)) {
      Conversation c = in_state(state, setup);
      for (int i = 0; i < 30; ++i) c.peer.sends(syn().seq(seq));
      INFO(name_of(state) << ", SEG.SEQ=" << seq);
      CHECK(c.peer.ignores_answers().size() == 10);
      CHECK(state_of(c) == name_of(state));
    }
}

}  // namespace handwave::test
