// RFC 3168 §6.1.1: what the SYNs agree on; §6.1.1.1 and §6.1.1.2: on paths and with peers that do not know ECN.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t ce = 0b11;
constexpr std::uint8_t ect_0 = 0b10;

const Segment setup_syn = syn().flag(ECE).flag(CWR);

Setup with_use(EcnUse use, Setup setup = {}) {
  setup.connection.ecn = use;
  return setup;
}

/// Text goes both ways, and ours is ECN-capable or not.
void check_text(Conversation& c, bool capable) {
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").traffic_class(capable ? ect_0 : 0));
  c.peer.sends(data("reply"));
  CHECK(c.host.receives() == "reply");
  CHECK(c.host.status().ecn == capable);
}

/// Marks on the peer's text are echoed or not.
void check_echo(Conversation& c, bool echoes) {
  c.peer.sends(octets(10).traffic_class(ce));
  c.host.tick(40ms);  // the delayed ACK
  c.peer.expects(echoes ? ack().flag(ECE) : ack());
}

}  // namespace

TEST_CASE("RFC 3168 §6.1.1: a SYN with ECE and CWR is answered, not reset", "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-h]") {
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  const auto use = GENERATE(EcnUse::off, EcnUse::accept, EcnUse::on);
  const bool agrees = use != EcnUse::off;
  Conversation c = in_listen(with_use(use, {.family = family}));
  c.peer.sends(setup_syn);
  // "A host MUST NOT set ECT on SYN or SYN-ACK packets."
  c.peer.expects((agrees ? syn_ack().flag(ECE) : syn_ack()).traffic_class(0));
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  check_text(c, agrees);
  check_echo(c, agrees);
}

TEST_CASE("RFC 3168 §6.1.1: a SYN asks only if it is to, and is no ECT itself",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-f][3168-6.1.1-h]") {
  const auto use = GENERATE(EcnUse::off, EcnUse::accept, EcnUse::on);
  Setup setup = with_use(use, {.open = Open::active});
  Conversation c(setup);
  REQUIRE(c.host.connects(c.peer.sockets().remote,
                          {.local_port = c.peer.sockets().local.port, .connection = setup.connection}));
  c.peer.expects((use == EcnUse::on ? setup_syn : syn()).traffic_class(0));
  c.peer.sends(syn_ack().flag(ECE));
  c.peer.expects(ack().traffic_class(0));
  // An ECN-setup SYN,ACK to one that did not ask agrees to nothing.
  check_text(c, use == EcnUse::on);
  check_echo(c, use == EcnUse::on);
}

TEST_CASE("RFC 3168 §6.1.1: every other form of SYN is a non-ECN-setup SYN",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-a][3168-6.1.1-g]") {
  Conversation c = in_listen(with_use(EcnUse::on));
  c.peer.sends(GENERATE(syn(), syn().flag(ECE), syn().flag(CWR)));
  c.peer.expects(syn_ack());
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  check_text(c, false);
  check_echo(c, false);
}

TEST_CASE("RFC 3168 §6.1.1.2: a SYN,ACK that reflects both bits agrees to nothing, nor does any but ECE alone",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-g]") {
  Conversation c = in_syn_sent(with_use(EcnUse::on));
  c.peer.sends(GENERATE(syn_ack(), syn_ack().flag(ECE).flag(CWR), syn_ack().flag(CWR)));
  c.peer.expects(ack());
  check_text(c, false);
  check_echo(c, false);
}

TEST_CASE("RFC 3168 §6.1.1.1: a SYN that is not answered is sent again without ECE and CWR",
          "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = in_syn_sent(with_use(EcnUse::on));
  c.host.tick(1s);
  c.peer.expects(syn().seq(0));
  c.host.tick(2s);
  c.peer.expects(syn().seq(0));
  SECTION("to which the peer agrees to nothing") {
    c.peer.sends(syn_ack());
    c.peer.expects(ack());
    check_text(c, false);
    check_echo(c, false);
  }
  SECTION("and yet the first one promised that marks will be echoed, and the peer may have heard it") {
    c.peer.sends(syn_ack().flag(ECE));
    c.peer.expects(ack());
    check_text(c, false);
    check_echo(c, true);
  }
}

TEST_CASE("RFC 3168 §6.1.1.1: a peer that asks, and then asks no more, gets a SYN,ACK of either kind",
          "[3.8.2][RFC3168][SHLD-8][3168-6.1.1-c]") {
  Conversation c = in_listen(with_use(EcnUse::on));
  c.peer.sends(setup_syn);
  c.peer.expects(syn_ack().flag(ECE));
  c.peer.sends(syn().seq(0));
  c.peer.expects(syn_ack());
  SECTION("and what was said last holds") {}
  SECTION("whatever is asked later") {
    c.peer.sends(setup_syn.seq(0));
    c.peer.expects(syn_ack());
  }
  c.peer.sends(ack().seq(1));
  REQUIRE(c.host.accepts());
  check_text(c, false);
  check_echo(c, false);
}

TEST_CASE("RFC 3168 §6.1.1: a SYN,ACK that is sent again agrees still", "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = in_syn_received(with_use(EcnUse::accept, {.peer_ecn = true}));
  c.host.tick(1s);
  c.peer.expects(syn_ack().flag(ECE).traffic_class(0));
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  check_text(c, true);
}

TEST_CASE("RFC 3168 §6.1.1: a SYN,ACK that is a cookie agrees to nothing, as nobody would remember it",
          "[3.8.2][RFC3168][RFC4987][SHLD-8]") {
  Setup setup = with_use(EcnUse::on);
  setup.config.max_half_open = 0;
  Conversation c = in_listen(setup);
  c.peer.sends(setup_syn);
  c.peer.expects(syn_ack());
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  check_text(c, false);
  check_echo(c, false);
}

TEST_CASE("RFC 3168 §6.1.1: a RST in answer to a SYN that asks fails the OPEN at once all the same",
          "[3.8.2][RFC3168][SHLD-8]") {
  Conversation c = in_syn_sent(with_use(EcnUse::on));
  c.peer.sends(rst_ack().ack(1));
  c.peer.expects_nothing();
  c.host.expects_closed(TcpError::connection_refused);
}

TEST_CASE("RFC 3168 §6.1.1: ends that open at the same time agree if both ask",
          "[3.8.2][RFC3168][SHLD-8][MUST-10][3168-6.1.1-b]") {
  const bool peer_asks = GENERATE(true, false);
  const auto use = GENERATE(EcnUse::accept, EcnUse::on);
  const bool agreed = peer_asks && use == EcnUse::on;
  Conversation c = in_syn_received(with_use(use, {.open = Open::active, .peer_ecn = peer_asks}));
  SECTION("the peer's SYN,ACK comes, and its ECE is no echo") {
    c.peer.sends((agreed ? syn_ack().flag(ECE) : syn_ack()).seq(0).ack(1));
    c.peer.expects(ack());
    CHECK(c.host.count(Counter::tcp_ecn_reductions) == 0);
    check_text(c, agreed);
  }
  SECTION("the peer's SYN,ACK was lost, an ACK comes") {
    c.peer.sends(ack());
    check_text(c, agreed);
  }
  SECTION("the peer's SYN,ACK agrees to nothing") {
    c.peer.sends(syn_ack().seq(0).ack(1));
    c.peer.expects(ack());
    check_text(c, false);
  }
}

TEST_CASE("RFC 3168 §5: the application's Differentiated Services stand beside the ECN field",
          "[3.8.2][RFC3168][MUST-48]") {
  Setup setup = with_use(EcnUse::accept, {.family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6)});
  setup.peer_ecn = true;
  setup.connection.traffic_class = 46 << 2 | ce;  // the lower two are not its to set
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends("text"));
  c.peer.expects(data("text").traffic_class(46 << 2 | ect_0));
  c.peer.sends(data("reply"));
  c.host.tick(40ms);
  c.peer.expects(ack().traffic_class(46 << 2));
  c.host.aborts();
  c.peer.expects(rst().traffic_class(46 << 2));
}

}  // namespace handwave::test
