// RFC 2018: what our receiver reports by SACK.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

Conversation with_sack(bool timestamps = false) {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  return in_established(
      {.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_sack = true, .peer_timestamps = timestamps});
}

}  // namespace

TEST_CASE("RFC 2018 §2: a SYN offers it; a SYN,ACK only where the SYN did", "[3.2][RFC2018][2018-2]") {
  Conversation active = in_syn_sent();
  active.host.tick(1s);
  active.peer.expects(syn().sack_permitted());
  Conversation passive = in_listen();
  const auto offered = GENERATE(false, true);
  passive.peer.sends(offered ? syn().sack_permitted() : syn());
  passive.peer.expects(offered ? syn_ack().sack_permitted() : syn_ack().no_sack_permitted());
}

TEST_CASE("RFC 2018 §4: without the peer's permission no ACK has blocks", "[3.2][RFC2018][2018-4-b]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = in_established({.open = open});
  c.peer.sends(octets(100).seq(201));
  c.peer.expects(ack().ack(1).no_sack());
}

TEST_CASE("RFC 2018 §4: the first block holds the segment that triggered the ACK, the most recent others follow",
          "[3.2][RFC2018][2018-4-a][2018-4-c][2018-4-d][2018-4-e][2018-4-f][2018-4-h]") {
  Conversation c = with_sack();
  c.peer.sends(octets(100).seq(201));
  c.peer.expects(ack().ack(1).sack({{201, 301}}));
  c.peer.sends(octets(100).seq(601));
  c.peer.expects(ack().ack(1).sack({{601, 701}, {201, 301}}));
  c.peer.sends(octets(100).seq(401));
  c.peer.expects(ack().ack(1).sack({{401, 501}, {601, 701}, {201, 301}}));
  c.peer.sends(octets(100).seq(301));  // it joins two of them
  c.peer.expects(ack().ack(1).sack({{201, 501}, {601, 701}}));
  c.peer.sends(octets(200).seq(1));  // the first hole closes
  c.peer.expects(ack().ack(501).sack({{601, 701}}));
  c.peer.sends(octets(100).seq(501));
  c.peer.expects(ack().ack(701).no_sack());
}

TEST_CASE("RFC 2018 §3, §4: as many blocks as fit: four, or three beside timestamps", "[3.2][RFC2018][2018-4-g]") {
  const auto timestamps = GENERATE(false, true);
  Conversation c = with_sack(timestamps);
  for (int i = 1; i <= 6; ++i) c.peer.sends(octets(100).seq(1 + 200 * i));
  const auto answers = c.peer.ignores_answers();
  REQUIRE(answers.size() == 6);
  CHECK(answers.back().sack.size() == (timestamps ? 3U : 4U));
  CHECK(answers.back().sack.front() == std::pair{c.peer.isn() + 1201, c.peer.isn() + 1301});
}

TEST_CASE("RFC 2018 §4: what was sacked is kept until it is acknowledged", "[3.2][RFC2018][2018-8-b]") {
  Conversation c = with_sack();
  c.peer.sends(octets(100).seq(101));
  c.peer.expects(ack().ack(1).sack({{101, 201}}));
  c.host.tick(1h);
  c.peer.sends(octets(100).seq(1));
  c.peer.expects(ack().ack(201));
  CHECK(c.host.receives() == pattern_text(0, 200));
}

TEST_CASE("RFC 2018 §4: a segment with text reports as well, where it has room",
          "[3.2][RFC2018][2018-2][2018-4-a][2018-4-c]") {
  Conversation c = with_sack();
  c.peer.sends(octets(100).seq(101));
  c.peer.expects(ack().ack(1).sack({{101, 201}}));
  REQUIRE(c.host.sends_octets(100));
  c.peer.expects(octets(100).sack({{101, 201}}).no_sack_permitted());
  c.peer.sends(ack().seq(1));
  REQUIRE(c.host.sends_octets(1460));
  c.peer.expects(octets(1460).no_sack());
}

}  // namespace handwave::test
