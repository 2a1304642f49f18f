// RFC 9293 §3.8.5: the communication of urgent information, sent and received.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

Setup setup_of(const InitialNumbers& numbers) { return {.host_isn = numbers.host, .peer_isn = numbers.peer}; }

}  // namespace

TEST_CASE("RFC 9293 §3.8.5: an urgent SEND sets URG, and the pointer names the octet after the urgent data",
          "[3.8.5][MUST-30][MUST-62]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  REQUIRE(c.host.sends_urgent("urgent"));
  c.peer.expects(data("urgent").seq(1).urgent(6));
  c.peer.sends(ack());
  REQUIRE(c.host.sends("not so"));
  c.peer.expects(data("not so").seq(7));
}

TEST_CASE("RFC 9293 §3.8.5: what was queued before is sent with URG as well", "[3.8.5][MUST-30][MUST-62]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  REQUIRE(c.host.sends("a"));
  c.peer.expects(data("a").seq(1));
  REQUIRE(c.host.sends("b"));  // waits, by Nagle's algorithm
  REQUIRE(c.host.sends_urgent("c"));
  REQUIRE(c.host.sends("d"));
  c.peer.sends(ack());
  c.peer.expects(data("bcd").seq(2).urgent(2));
}

TEST_CASE("RFC 9293 §3.8.5: urgent data may be of any length", "[3.8.5][MUST-31][MUST-62]") {
  Setup setup = setup_of(GENERATE(from_range(initial_numbers())));
  Conversation c = in_established(setup);
  const std::string text = pattern_text(0, 200'000);
  REQUIRE(c.host.sends_urgent(text) == text.size());
  std::string arrived;
  while (arrived.size() < text.size()) {
    const auto packets = c.peer.ignores_answers();
    REQUIRE(!packets.empty());
    for (const TcpPacket& packet : packets) {
      CHECK(packet.has(URG));
      const std::size_t left = text.size() - arrived.size();
      // Farther than the field can point, it points as far as it can; it moves ahead with each segment.
      CHECK(packet.urgent_pointer == std::min<std::size_t>(left, 65535));
      arrived += packet.text;
    }
    c.peer.sends(ack());
  }
  CHECK(arrived == text);
}

TEST_CASE("RFC 9293 §3.8.5: a retransmission points at the same octet", "[3.8.5][MUST-62]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  REQUIRE(c.host.sends_urgent("urgent"));
  c.peer.expects(data("urgent").seq(1).urgent(6));
  c.peer.sends(ack().ack(3));
  c.host.tick(1s);
  c.peer.expects(data("gent").seq(3).urgent(4));
}

TEST_CASE("RFC 9293 §3.8.5: the application hears of urgent data when it begins and when its end moves ahead",
          "[3.8.5][MUST-32][MUST-30][U-7]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  c.peer.sends(ack().urgent(10));  // ahead of the text itself
  c.host.expects_event(&Event::urgent);
  c.peer.sends(data("12345").urgent(10));
  c.host.expects_no_event(&Event::urgent);
  c.peer.sends(data("67890").urgent(5));
  c.host.expects_no_event(&Event::urgent);
  c.peer.sends(data("more").urgent(4));
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.receives() == "1234567890more");
  // All of it was read: the next is a new one.
  c.peer.sends(data("!").urgent(1));
  c.host.expects_event(&Event::urgent);
}

TEST_CASE("RFC 9293 §3.8.5: STATUS tells how much urgent data is left to read", "[3.8.5][MUST-33][MUST-31]") {
  Setup setup = setup_of(GENERATE(from_range(initial_numbers())));
  Conversation c = in_established(setup);
  CHECK(c.host.status().urgent_pending == 0);
  c.peer.sends(data("plain").urgent(60'000));
  CHECK(c.host.status().urgent_pending == 60'000);  // it counts what has not arrived yet
  CHECK(c.host.receives() == "plain");
  CHECK(c.host.status().urgent_pending == 59'995);
  c.peer.sends(octets(1000).urgent(5));  // an older end changes nothing
  CHECK(c.host.status().urgent_pending == 59'995);
  CHECK(c.host.receives(400)->size() == 400);
  CHECK(c.host.status().urgent_pending == 59'595);
}

TEST_CASE("RFC 9293 §3.8.5: urgent text stays in its place in the stream", "[3.8.5][MUST-30]") {
  Conversation c = in_established();
  c.peer.sends(data("abc").urgent(2));
  c.peer.sends(data("def"));
  CHECK(c.host.receives() == "abcdef");
}

TEST_CASE("RFC 9293 §3.8.5: the pointer counts from SEG.SEQ, though old octets are cut off", "[3.8.5][MUST-62]") {
  Conversation c = in_established(setup_of(GENERATE(from_range(initial_numbers()))));
  c.peer.sends(data("abcd"));
  c.peer.sends(data("abcdefgh").seq(1).urgent(6));
  c.host.expects_event(&Event::urgent);
  CHECK(c.host.status().urgent_pending == 6);
  CHECK(c.host.receives() == "abcdefgh");
  CHECK(c.host.status().urgent_pending == 0);
}

TEST_CASE("RFC 9293 §3.8.5: the pointer counts from SEG.SEQ, which is the SYN's on a SYN,ACK", "[3.8.5][MUST-62]") {
  for (const tcp::State state : {tcp::State::syn_sent, tcp::State::syn_received}) {
    Conversation c = in_state(state, {.open = Open::active});
    c.peer.sends(syn_ack().text("urgent").urgent(5).seq(0).ack(1));
    c.host.expects_event(&Event::urgent);
    CHECK(c.host.status().urgent_pending == 4);
  }
}

TEST_CASE("RFC 9293 §3.4: a closed window takes no text, but URG", "[3.4][3.8.5][MUST-66]") {
  Setup setup = setup_of(GENERATE(from_range(initial_numbers())));
  setup.connection.receive_buffer = 1000;
  Conversation c = in_established(setup);
  c.peer.sends(octets(1000));
  c.host.tick(500ms);
  c.peer.expects(ack().ack(1001).wnd(0));
  c.peer.sends(data("x").seq(1001).urgent(1));
  c.host.expects_event(&Event::urgent);
  c.peer.expects(ack().ack(1001).wnd(0));
  CHECK(c.host.status().pending_receipt == 1000);
}

TEST_CASE("RFC 9293 §3.4: nor does a closed window keep a RST out", "[3.4][MUST-66]") {
  Setup setup = setup_of(GENERATE(from_range(initial_numbers())));
  setup.connection.receive_buffer = 1000;
  Conversation c = in_established(setup);
  c.peer.sends(octets(1000));
  c.host.tick(500ms);
  c.peer.expects(ack().ack(1001).wnd(0));
  c.peer.sends(rst().seq(1001));
  c.host.expects_closed(TcpError::connection_reset);
}

}  // namespace handwave::test
