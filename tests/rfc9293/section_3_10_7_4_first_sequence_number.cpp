// RFC 9293 §3.10.7.4, first: check sequence number. Table 6 with its four cases, each at its edges; trimming.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t window = 1000;  // RCV.WND of the tests of Table 6

/// ESTABLISHED, RCV.NXT = 1, RCV.WND = `window`, and one octet of ours outstanding: an ACK that is looked at shows.
Conversation with_small_window(Setup setup) {
  setup.connection.receive_buffer = window;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("x"));
  c.peer.expects(data("x").seq(1).ack(1).wnd(window));
  return c;
}

/// The same with RCV.WND = 0 and RCV.NXT = 1001.
Conversation with_closed_window(const Setup& setup) {
  Conversation c = with_small_window(setup);
  c.peer.sends(octets(window).seq(1).ack(1));
  c.host.tick(1s);
  c.peer.set_next_seq(1 + window);
  for (const TcpPacket& packet : c.peer.ignores_answers()) CHECK(packet.wnd == 0);
  REQUIRE(c.host.status().receive_window == 0);
  return c;
}

bool our_octet_is_acknowledged(Conversation& c) { return c.host.status().awaiting_acknowledgment == 0; }

}  // namespace

TEST_CASE("RFC 9293 §3.10.7.4 first: SEG.LEN = 0, RCV.WND > 0: RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND",
          "[3.10.7.4][U-9]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const std::int64_t seq : {std::int64_t{1}, std::int64_t{2}, window}) {
    Conversation c = with_small_window(setup);
    c.peer.sends(ack().seq(seq).ack(2));
    c.peer.expects_nothing();
    CHECK(our_octet_is_acknowledged(c));
  }
  for (const std::int64_t seq : {std::int64_t{0}, std::int64_t{-100}, window + 1, std::int64_t{0x7fff'ffff}}) {
    Conversation c = with_small_window(setup);
    c.peer.sends(ack().seq(seq).ack(2));
    c.peer.expects(ack().seq(2).ack(1));
    c.peer.expects_nothing();
    CHECK_FALSE(our_octet_is_acknowledged(c));
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: SEG.LEN = 0, RCV.WND = 0: SEG.SEQ = RCV.NXT", "[3.10.7.4][MUST-66]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation right = with_closed_window(setup);
  right.peer.sends(ack().seq(window + 1).ack(2));
  right.peer.expects_nothing();
  CHECK(our_octet_is_acknowledged(right));
  for (const std::int64_t seq : {window, window + 2}) {
    Conversation c = with_closed_window(setup);
    c.peer.sends(ack().seq(seq).ack(2));
    c.peer.expects(ack().seq(2).ack(window + 1).wnd(0));
    c.peer.expects_nothing();
    CHECK_FALSE(our_octet_is_acknowledged(c));
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: SEG.LEN > 0, RCV.WND = 0: not acceptable, answered with one ACK",
          "[3.10.7.4][MUST-66]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const std::int64_t seq : {window, window + 1, window + 2})
    for (const Segment& segment : {data("a"), data("ab"), fin(), data("ab").flag(FIN)}) {
      Conversation c = with_closed_window(setup);
      c.peer.sends(segment.seq(seq).ack(1));
      c.peer.expects(ack().seq(2).ack(window + 1).wnd(0));
      c.peer.expects_nothing();
      CHECK(state_of(c) == "ESTABLISHED");
      CHECK(c.host.receives()->size() == window);
      CHECK(c.host.receives().error() == TcpError::would_block);
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: the ACK, URG and RST of a segment at a closed window count (MUST-66)",
          "[3.10.7.4][3.4][MUST-66]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = with_closed_window(setup);
  c.peer.sends(data("probe").seq(window + 1).ack(2).urgent(5));
  CHECK(our_octet_is_acknowledged(c));
  c.host.expects_event(&Event::urgent);
  c.peer.expects(ack().seq(2).ack(window + 1).wnd(0));
  c.peer.expects_nothing();
  CHECK(c.host.status().pending_receipt == window);
  c.peer.sends(rst().seq(window + 1));
  c.peer.expects_nothing();
  c.host.expects_closed(TcpError::connection_reset);
}

TEST_CASE("RFC 9293 §3.10.7.4 first: a RST beside a closed window is dropped", "[3.10.7.4][MUST-66][U-2]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = with_closed_window(setup);
  for (const std::int64_t seq : {window, window + 2}) {
    c.peer.sends(rst().seq(seq));
    c.peer.expects_nothing();
    CHECK(state_of(c) == "ESTABLISHED");
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: SEG.LEN > 0, RCV.WND > 0: the first or the last octet lies in the window",
          "[3.10.7.4][U-9]") {
  const auto setup = GENERATE(from_range(setups()));
  struct Case {
    std::int64_t seq;
    std::size_t length;
    bool acceptable;
  };
  const Case cases[] = {
      {.seq = 1, .length = 1, .acceptable = true},            // RCV.NXT itself
      {.seq = window, .length = 1, .acceptable = true},       // the last octet of the window
      {.seq = window + 1, .length = 1, .acceptable = false},  // the one after it
      {.seq = window, .length = 50, .acceptable = true},      // begins in the window, ends beyond
      {.seq = window + 1, .length = 50, .acceptable = false},
      {.seq = -9, .length = 10, .acceptable = false},         // ends just before RCV.NXT
      {.seq = -9, .length = 11, .acceptable = true},          // ends at RCV.NXT
      {.seq = 0, .length = window + 1, .acceptable = true},   // ends with the window's last octet
      {.seq = 0, .length = window + 2, .acceptable = false},  // covers more than the window: neither end is in it
  };
  for (const Case& at : cases) {
    INFO("SEG.SEQ = RCV.NXT + " << at.seq - 1 << ", SEG.LEN = " << at.length);
    Conversation c = with_small_window(setup);
    c.peer.sends(octets(at.length).seq(at.seq).ack(2));
    CHECK(our_octet_is_acknowledged(c) == at.acceptable);
    CHECK(c.host.count(Counter::tcp_unacceptable) == (at.acceptable ? 0 : 1));
    if (!at.acceptable) {
      c.peer.expects(ack().seq(2).ack(1));
      c.peer.expects_nothing();
      CHECK(c.host.receives().error() == TcpError::would_block);
    }
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: an old duplicate is acknowledged and dropped, in every state",
          "[3.10.7.4][3.5.2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states)
    for (const auto& [segment, back] :
         {std::pair{ack(), 1}, {data("old!"), 4}, {fin(), 1}, {data("old").flag(FIN), 4}}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(segment.seq(rcv_nxt(state) - back).ack(snd_nxt(state)));
      c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: a segment beyond the window is acknowledged and dropped, in every state",
          "[3.10.7.4][3.5.2]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states)
    for (const Segment& segment : {ack(), data("far away"), fin()}) {
      Conversation c = in_state(state, setup);
      c.peer.sends(segment.seq(rcv_nxt(state) + 65535).ack(snd_nxt(state)));
      c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      CHECK(state_of(c) == name_of(state));
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: SYN-RECEIVED acknowledges an unacceptable segment and stays", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const Segment& segment : {ack(), data("far away"), fin()})
    for (const std::int64_t seq : {-20, 1 + 65535}) {
      Conversation c = in_syn_received(setup);
      c.peer.sends(segment.seq(seq).ack(1));
      c.peer.expects(ack().seq(1).ack(1));
      c.peer.expects_nothing();
      CHECK(state_of(c) == "SYN-RECEIVED");
    }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: where a segment straddles RCV.NXT only its new part is taken", "[3.10.7.4][U-9]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("abcdef"));
  c.peer.sends(data("defghi").seq(4));
  CHECK(c.host.receives() == "abcdefghi");
  CHECK(c.host.count(Counter::tcp_duplicate_octets) == 3);
  c.peer.ignores_answers();
  c.peer.sends(data("hijk").flag(FIN).seq(8));
  c.peer.expects(ack().seq(1).ack(13));
  CHECK(c.host.receives() == "jk");
  CHECK(state_of(c) == "CLOSE-WAIT");
}

TEST_CASE("RFC 9293 §3.10.7.4 first: what exceeds the window is trimmed off, FIN included", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = with_small_window(setup);
  c.peer.sends(octets(window + 10).flag(FIN).seq(1).ack(2));
  c.host.tick(1s);
  c.peer.expects(ack().seq(2).ack(window + 1).wnd(0));
  CHECK(state_of(c) == "ESTABLISHED");
  CHECK(c.host.receives() == pattern_text(0, window));
  c.peer.ignores_answers();
  c.peer.sends(octets(10).flag(FIN).seq(window + 1).ack(2));
  c.peer.expects(ack().seq(2).ack(window + 12));
  CHECK(state_of(c) == "CLOSE-WAIT");
}

TEST_CASE("RFC 9293 §3.10.7.4 first: a FIN that just fits is taken, and one octet later it is not", "[3.10.7.4]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation fits = with_small_window(setup);
  fits.peer.sends(octets(window - 1).flag(FIN).seq(1).ack(2));
  fits.peer.expects(ack().seq(2).ack(window + 1));
  CHECK(state_of(fits) == "CLOSE-WAIT");
  Conversation over = with_small_window(setup);
  over.peer.sends(octets(window).flag(FIN).seq(1).ack(2));
  over.host.tick(1s);
  over.peer.expects(ack().seq(2).ack(window + 1));
  CHECK(state_of(over) == "ESTABLISHED");
}

TEST_CASE("RFC 9293 §3.10.7.4 first: segments beyond RCV.NXT are held, and processed in SEG.SEQ order",
          "[3.10.7.4][SHLD-31][MAY-13][U-9]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("ghi").seq(7));
  c.peer.expects(ack().seq(1).ack(1));
  c.peer.sends(data("def").seq(4));
  c.peer.expects(ack().seq(1).ack(1));
  CHECK(c.host.receives().error() == TcpError::would_block);
  c.peer.sends(data("abc").seq(1));
  c.peer.expects(ack().seq(1).ack(10));
  CHECK(c.host.receives() == "abcdefghi");
}

TEST_CASE("RFC 9293 §3.10.7.4 first: segments that arrive together are all processed before one ACK is sent",
          "[3.10.7.4][MUST-58][MUST-59]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends_together({octets(1000), octets(1000), octets(1000), octets(1000), octets(1000)});
  c.peer.expects(ack().seq(1).ack(5001));
  c.peer.expects_nothing();
}

TEST_CASE(
    "RFC 9293 §3.10.7.4 first: ACKs of bare segments outside the window are rationed, so that no two ends "
    "acknowledge each other for ever",
    "[3.10.7.4][RFC5961]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states) {
    Conversation c = in_state(state, setup);
    for (int i = 0; i < 50; ++i) c.peer.sends(ack().seq(rcv_nxt(state) - 1).ack(snd_nxt(state)));
    CHECK(c.peer.ignores_answers().size() == 10);
    CHECK(c.host.count(Counter::tcp_challenge_acks_limited) == 40);
  }
}

TEST_CASE("RFC 9293 §3.10.7.4 first: at a closed window, text with an unacceptable ACK is answered with one ACK",
          "[3.10.7.4][3.10][MUST-58][MUST-66]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = with_closed_window(setup);
  c.peer.sends(data("ab").seq(window + 1).ack(1'000'000));
  c.peer.expects(ack().seq(2).ack(window + 1).wnd(0));
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_ack_unacceptable) == 1);
}

TEST_CASE("RFC 9293 §3.10.7.4 first: in TIME-WAIT, too, a segment whose last octet is in the window is acceptable",
          "[3.10.7.4][3.6.1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_time_wait(setup);
  c.host.tick(setup.config.msl);
  c.peer.sends(octets(100).seq(1).ack(2).flag(FIN));  // RCV.NXT = 2
  c.peer.expects(ack().seq(2).ack(2));
  CHECK(c.host.count(Counter::tcp_unacceptable) == 0);
  CHECK(c.host.count(Counter::tcp_text_ignored) == 1);
  c.host.tick(setup.config.msl);  // its FIN restarted the 2 MSL
  CHECK(state_of(c) == "TIME-WAIT");
}

}  // namespace handwave::test
