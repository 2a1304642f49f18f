// Everything that is dropped, refused or ended is counted by its reason (stack/counters.hpp): the reasons of TCP that
// no other test of a rule has in it. Each is raised by what its name says, once, and none of the others with it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr Counter reasons[] = {Counter::tcp_malformed,     Counter::tcp_no_connection, Counter::tcp_resets_received,
                               Counter::tcp_rst_in_window, Counter::tcp_rst_ignored,   Counter::tcp_syn_challenged,
                               Counter::tcp_ack_missing,   Counter::tcp_text_ignored,  Counter::tcp_text_over_window};

/// What was counted since, of the reasons above; every other is to be 0.
class Counted {
 public:
  explicit Counted(Host& host) : host_(&host) {
    for (const Counter reason : reasons) before_.push_back(host.count(reason));
  }
  void only(Counter wanted, std::uint64_t amount = 1) const {
    for (std::size_t i = 0; i < std::size(reasons); ++i) {
      CAPTURE(counter_descriptions[static_cast<std::size_t>(reasons[i])].name);
      CHECK(host_->count(reasons[i]) - before_[i] == (reasons[i] == wanted ? amount : 0));
    }
  }

 private:
  Host* host_;
  std::vector<std::uint64_t> before_;
};

}  // namespace

TEST_CASE("Counters: a TCP header that is cut short or points beyond the segment is malformed", "[3.1]") {
  Conversation c = in_established();
  const Counted counted(c.host);
  std::vector<std::uint8_t> packet = build(c.peer.complete(data("x")));
  constexpr std::size_t data_offset = 20 + 12;  // behind an IPv4 header without options
  SECTION("the data offset is less than the header's five words") { packet[data_offset] = 4U << 4; }
  SECTION("the data offset is beyond the segment's end") { packet[data_offset] = 15U << 4; }
  c.host.arrives(packet);
  c.peer.expects_nothing();
  counted.only(Counter::tcp_malformed);
}

TEST_CASE("Counters: a segment for no connection and no listener", "[3.10.7.1]") {
  Conversation c = in_closed(GENERATE(from_range(setups())));
  const Counted counted(c.host);
  c.peer.sends(ack().seq(1).ack(1));
  c.peer.expects(rst().seq(1));
  counted.only(Counter::tcp_no_connection);
}

TEST_CASE("Counters: what a synchronized connection drops, refuses, or is ended by", "[3.10.7.4]") {
  const Setup setup = GENERATE(from_range(setups()));
  for (const tcp::State state : synchronized_states) {
    CAPTURE(name_of(state));
    const auto counts = [&](Counter reason, const Segment& segment, bool answered) {
      Conversation c = in_state(state, setup);
      const Counted counted(c.host);
      c.peer.sends(segment);
      if (answered) c.peer.expects(acknowledgment_in(state));
      c.peer.expects_nothing();
      counted.only(reason);
    };
    counts(Counter::tcp_resets_received, rst().seq(rcv_nxt(state)), false);
    counts(Counter::tcp_rst_in_window, rst().seq(rcv_nxt(state) + 1), true);
    counts(Counter::tcp_ack_missing, data("x").seq(rcv_nxt(state)).without(ACK), false);
    // In TIME-WAIT a SYN beyond RCV.NXT would open the connection anew (MAY-2); this one is old.
    counts(Counter::tcp_syn_challenged, syn().seq(0).ack(snd_nxt(state)), true);
  }
}

TEST_CASE("Counters: text after the peer's FIN", "[3.10.7.4]") {
  const Setup setup = GENERATE(from_range(setups()));
  for (const tcp::State state :
       {tcp::State::close_wait, tcp::State::closing, tcp::State::last_ack, tcp::State::time_wait}) {
    CAPTURE(name_of(state));
    Conversation c = in_state(state, setup);
    const Counted counted(c.host);
    c.peer.sends(data("x").seq(2).ack(snd_una(state)));
    c.peer.ignores_answers();
    CHECK(state_of(c) == name_of(state));
    counted.only(Counter::tcp_text_ignored);
  }
}

TEST_CASE("Counters: octets beyond the receive window", "[3.10.7.4]") {
  Setup setup = GENERATE(from_range(setups()));
  setup.connection.receive_buffer = 4096;
  Conversation c = in_established(setup);
  const auto window = static_cast<std::int64_t>(c.host.status().receive_window);
  c.peer.sends(octets(static_cast<std::size_t>(window) - 10));
  const Counted counted(c.host);
  c.peer.sends(octets(25));
  c.host.tick(1s);
  CHECK(c.peer.ignores_answers().back().ack == c.peer.isn() + static_cast<std::uint32_t>(1 + window));
  counted.only(Counter::tcp_text_over_window, 15);
}

TEST_CASE("Counters: connections opened, and entering TIME-WAIT", "[3.10.1][3.6.1]") {
  for (const Open open : {Open::active, Open::passive}) {
    Setup setup;
    setup.open = open;
    Conversation c = in_fin_wait_2(setup);
    CHECK(c.host.count(Counter::tcp_connections_opened) == (open == Open::active ? 1 : 0));
    CHECK(c.host.count(Counter::tcp_connections_accepted) == (open == Open::active ? 0 : 1));
    CHECK(c.host.count(Counter::tcp_time_wait_entered) == 0);
    c.peer.sends(fin());
    CHECK(state_of(c) == "TIME-WAIT");
    CHECK(c.host.count(Counter::tcp_time_wait_entered) == 1);
  }
}

TEST_CASE("Counters: packets, segments and octets, as they pass", "[3.1]") {
  Conversation c = in_established();
  constexpr Counter traffic[] = {Counter::packets_received, Counter::packets_sent,          Counter::octets_received,
                                 Counter::octets_sent,      Counter::tcp_segments_received, Counter::tcp_segments_sent};
  std::vector<std::uint64_t> before;
  for (const Counter counter : traffic) before.push_back(c.host.count(counter));
  REQUIRE(c.host.sends("hello"));
  c.peer.expects(data("hello"));
  c.peer.sends(ack());
  constexpr std::uint64_t headers = 20 + 20;
  constexpr std::uint64_t more[] = {1, 1, headers, headers + 5, 1, 1};
  for (std::size_t i = 0; i < std::size(traffic); ++i) {
    CAPTURE(counter_descriptions[static_cast<std::size_t>(traffic[i])].name);
    CHECK(c.host.count(traffic[i]) - before[i] == more[i]);
  }
}

}  // namespace handwave::test
