// RFC 9293 §3.6.1: half-closed connections, either way; half-duplex CLOSE (MAY-1) and the RST that tells of lost data
// (SHLD-3).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

std::string gone(const Setup& setup) { return setup.open == Open::passive ? "LISTEN" : "CLOSED"; }

}  // namespace

TEST_CASE("RFC 9293 §3.6.1: after the peer's FIN the open direction carries data", "[3.6.1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_close_wait(setup);
  std::int64_t next = 1;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(c.host.sends("a long answer "));
    c.peer.expects(data("a long answer ").seq(next).ack(2));
    next += 14;
    c.peer.sends(ack().seq(2).ack(next));
    c.host.tick(100s);
    CHECK(state_of(c) == "CLOSE-WAIT");
  }
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(next).ack(2));
  CHECK(state_of(c) == "LAST-ACK");
}

TEST_CASE("RFC 9293 §3.6.1: after our FIN the open direction carries data, acknowledged as ever", "[3.6.1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_fin_wait_2(setup);
  c.peer.sends(octets(1460));
  c.peer.sends(octets(1460));
  c.peer.expects(ack().seq(2).ack(2921));
  CHECK(c.host.receives() == pattern_text(0, 2920));
  CHECK(state_of(c) == "FIN-WAIT-2");
}

TEST_CASE("RFC 9293 §3.6.1: a half-duplex CLOSE with data unread sends a RST", "[3.6.1][MAY-1][SHLD-3]") {
  const auto setup = GENERATE(from_range(setups()));
  using enum tcp::State;
  for (const tcp::State state : {established, fin_wait_1, fin_wait_2}) {
    Conversation c = in_state(state, setup);
    c.peer.sends(data("never read").seq(1).ack(snd_una(state)));
    REQUIRE(c.host.closes(CloseKind::both));
    c.peer.expects(rst().seq(snd_nxt(state)));
    c.peer.expects_nothing();
    CHECK(state_of(c) == gone(setup));
    c.host.expects_closed();
  }
  Conversation c = in_established(setup);
  c.peer.sends(data("never read").flag(FIN));
  c.peer.ignores_answers();
  REQUIRE(c.host.closes(CloseKind::both));
  c.peer.expects(rst().seq(1));
  CHECK(state_of(c) == gone(setup));
}

TEST_CASE("RFC 9293 §3.6.1: a half-duplex CLOSE with everything read sends a FIN", "[3.6.1][MAY-1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("read"));
  CHECK(c.host.receives() == "read");
  REQUIRE(c.host.closes(CloseKind::both));
  c.peer.expects(fin().seq(1).ack(5));
  CHECK(state_of(c) == "FIN-WAIT-1");
  c.peer.sends(fin().ack(2));
  c.peer.expects(ack().seq(2).ack(6));
  CHECK(state_of(c) == "TIME-WAIT");
  c.host.expects_closed();
}

TEST_CASE("RFC 9293 §3.6.1: new data after a half-duplex CLOSE is answered with a RST", "[3.6.1][MAY-1][SHLD-3]") {
  const auto setup = GENERATE(from_range(setups()));
  for (const bool acknowledged : {false, true})
    for (const std::int64_t ahead : {0, 10}) {
      Conversation c = in_established(setup);
      REQUIRE(c.host.closes(CloseKind::both));
      c.peer.expects(fin().seq(1));
      c.peer.sends(data("too late").seq(1 + ahead).ack(acknowledged ? 2 : 1));
      c.peer.expects(rst().seq(2));
      c.peer.expects_nothing();
      CHECK(state_of(c) == gone(setup));
      c.host.expects_closed();
    }
}

TEST_CASE("RFC 9293 §3.6.1: old data after a half-duplex CLOSE is acknowledged as ever: none of it is lost",
          "[3.6.1][MAY-1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  c.peer.sends(data("read"));
  CHECK(c.host.receives() == "read");
  REQUIRE(c.host.closes(CloseKind::both));
  c.peer.expects(fin().seq(1).ack(5));
  c.peer.sends(data("read").seq(1).ack(1));
  c.peer.expects(ack().seq(2).ack(5));
  CHECK(state_of(c) == "FIN-WAIT-1");
}

TEST_CASE("RFC 9293 §3.6.1: nobody reads and the peer sends no FIN: FIN-WAIT-2 does not last for ever",
          "[3.6.1][MAY-1]") {
  const auto setup = GENERATE(from_range(setups()));
  Conversation c = in_established(setup);
  REQUIRE(c.host.closes(CloseKind::both));
  c.peer.expects(fin());
  c.peer.sends(ack().ack(2));
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.host.tick(59s);
  CHECK(state_of(c) == "FIN-WAIT-2");
  c.host.tick(1s);
  c.peer.expects(rst().seq(2));
  CHECK(state_of(c) == gone(setup));
  c.host.expects_closed();
}

TEST_CASE("RFC 9293 §3.6.1: given up with text unsent, a connection ends though its peer answers every probe",
          "[3.6.1][3.8.6.1][MAY-1][RFC6429]") {
  auto setup = GENERATE(from_range(setups()));
  setup.peer_wnd = 0;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(100'000));
  const auto answers_probes_for = [&](int minutes) {
    for (int i = 0; i < 6 * minutes; ++i) {
      c.host.tick(10s);
      for (const TcpPacket& packet : c.peer.ignores_answers())
        if (!packet.has(RST)) c.peer.sends(ack().ack(1));
    }
  };
  answers_probes_for(60);  // MUST-37: as long as somebody holds it
  REQUIRE(state_of(c) == "ESTABLISHED");
  REQUIRE(c.host.closes(CloseKind::both));
  answers_probes_for(4);
  CHECK(state_of(c) == "FIN-WAIT-1");
  answers_probes_for(2);
  CHECK(state_of(c) == gone(setup));
  CHECK(c.host.stack().population().connections == 0);
}

TEST_CASE("RFC 9293 §3.6.1: given up, a connection ends even if its user timeout is never", "[3.6.1][MAY-1][RFC6429]") {
  auto setup = GENERATE(from_range(setups()));
  setup.connection.user_timeout = GENERATE(std::optional<Duration>{}, std::optional<Duration>{Duration::max()});
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("never acknowledged"));
  REQUIRE(c.host.closes());
  c.host.tick(1h);
  CHECK(state_of(c) == "FIN-WAIT-1");
  REQUIRE(c.host.closes(CloseKind::both));
  c.host.tick(10min);
  CHECK(state_of(c) == gone(setup));
}

}  // namespace handwave::test
