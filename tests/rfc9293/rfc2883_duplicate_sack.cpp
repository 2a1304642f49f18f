// RFC 2883: what our receiver reports of segments that arrive twice. The examples are those of §4, a tenth as large.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

/// 50 octets of place `n`, counted from 0.
constexpr std::int64_t at(std::int64_t n) { return 1 + 50 * n; }

Conversation with_sack() {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  return in_established({.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_sack = true});
}

}  // namespace

TEST_CASE("RFC 2883 §4.1.1: a duplicate segment is reported below the acknowledgment, and once",
          "[RFC2883][2883-4-a]") {
  Conversation c = with_sack();
  c.peer.sends(octets(50).seq(at(0)));
  c.peer.sends(octets(50).seq(at(1)));
  c.host.tick(std::chrono::milliseconds{40});
  c.peer.ignores_answers();
  c.peer.sends(octets(50).seq(at(0)));
  c.peer.expects(ack().ack(at(2)).sack({{at(0), at(1)}}));
  c.peer.sends(octets(50).seq(at(3)));
  c.peer.expects(ack().ack(at(2)).sack({{at(3), at(4)}}));
}

TEST_CASE("RFC 2883 §4.1.2: behind the duplicate follow the blocks of RFC 2018", "[RFC2883][2883-4-c]") {
  Conversation c = with_sack();
  c.peer.sends(octets(50).seq(at(0)));
  c.peer.sends(octets(50).seq(at(2)));
  c.peer.ignores_answers();
  c.peer.sends(octets(50).seq(at(0)));
  c.peer.expects(ack().ack(at(1)).sack({{at(0), at(1)}, {at(2), at(3)}}));
}

TEST_CASE("RFC 2883 §4.1.3: a duplicate beyond the acknowledgment comes before the block that holds it",
          "[RFC2883][2883-4-b]") {
  Conversation c = with_sack();
  c.peer.sends(octets(50).seq(at(1)));
  c.peer.sends(octets(50).seq(at(2)));
  c.peer.sends(octets(50).seq(at(6)));
  c.peer.ignores_answers();
  c.peer.sends(octets(50).seq(at(2)));
  c.peer.expects(ack().ack(at(0)).sack({{at(2), at(3)}, {at(1), at(3)}, {at(6), at(7)}}));
}

TEST_CASE("RFC 2883 §4.2: of a segment that is new in part, the part that is not is reported", "[RFC2883][2883-4.2]") {
  Conversation c = with_sack();
  SECTION("example 4: it lies beyond the acknowledgment") {
    c.peer.sends(octets(50).seq(at(2)));
    c.peer.ignores_answers();
    c.peer.sends(octets(150).seq(at(1)));
    c.peer.expects(ack().ack(at(0)).sack({{at(2), at(3)}, {at(1), at(4)}}));
  }
  SECTION("the segment fills the hole") {
    c.peer.sends(octets(50).seq(at(1)));
    c.peer.ignores_answers();
    c.peer.sends(octets(100).seq(at(0)));
    c.peer.expects(ack().ack(at(2)).sack({{at(1), at(2)}}));
  }
  SECTION("example 6: of two such parts, the first") {
    c.peer.sends(octets(50).seq(at(2)));
    c.peer.sends(octets(50).seq(at(4)));
    c.peer.ignores_answers();
    c.peer.sends(octets(250).seq(at(1)));
    c.peer.expects(ack().ack(at(0)).sack({{at(2), at(3)}, {at(1), at(6)}}));
  }
}

TEST_CASE("RFC 2883 §4: without SACK nothing is reported", "[RFC2883][2018-4-b]") {
  Conversation c = in_established();
  c.peer.sends(octets(50));
  c.host.tick(std::chrono::milliseconds{40});
  c.peer.expects(ack().ack(51));
  c.peer.sends(octets(50).seq(1));
  c.peer.expects(ack().ack(51).no_sack());
}

}  // namespace handwave::test
