// What an end of a connection agrees to and echoes: RFC 3168 §6.1.
#include "stack/tcp/ecn.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "stack/tcp/congestion/congestion_control.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;

constexpr wire::TcpFlags setup_syn = {.cwr = true, .ece = true, .syn = true};
constexpr wire::TcpFlags plain_syn = {.syn = true};
constexpr wire::TcpFlags setup_syn_ack = {.ece = true, .ack = true, .syn = true};
constexpr wire::TcpFlags reflected_syn_ack = {.cwr = true, .ece = true, .ack = true, .syn = true};

/// It has asked, and the peer has agreed.
Ecn agreed() {
  Ecn ecn{EcnUse::on};
  ecn.sends_syn(false);
  ecn.syn_arrives(setup_syn_ack);
  return ecn;
}

/// A window of 100 segments; the peer has acknowledged all but the last 90.
constexpr std::uint32_t smss = 1000;
Congestion congestion_at(Seq una) { return {.flight = 90 * smss, .smss = smss, .una = una, .nxt = una + 90 * smss}; }

CongestionControl with_new_reno() {
  CongestionControl congestion(CongestionAvoidance::new_reno, smss, Seq{1});
  congestion.undo(100 * smss, UINT32_MAX);
  return congestion;
}

}  // namespace

TEST_CASE("RFC 3168 §6.1.1: a SYN asks where it is wanted, and only the first one", "[ecn][RFC3168][SHLD-8]") {
  CHECK_FALSE(Ecn{EcnUse::off}.sends_syn(false));
  CHECK_FALSE(Ecn{EcnUse::accept}.sends_syn(false));
  CHECK(Ecn{EcnUse::on}.sends_syn(false));
  CHECK_FALSE(Ecn{EcnUse::on}.sends_syn(true));
}

TEST_CASE("RFC 3168 §6.1.1: a SYN,ACK agrees to nothing but an ECN-setup SYN", "[ecn][RFC3168][SHLD-8][3168-6.1.1-a]") {
  for (const EcnUse use : {EcnUse::off, EcnUse::accept, EcnUse::on}) {
    for (const wire::TcpFlags& flags :
         {plain_syn, wire::TcpFlags{.ece = true, .syn = true}, wire::TcpFlags{.cwr = true, .syn = true}, setup_syn}) {
      Ecn ecn{use};
      ecn.syn_arrives(flags);
      const bool agrees = use != EcnUse::off && flags == setup_syn;
      CHECK(ecn.sends_syn_ack() == agrees);
      CHECK(ecn.capable() == agrees);
      CHECK(ecn.heeds_marks() == agrees);
    }
  }
}

TEST_CASE("RFC 3168 §6.1.1: ECT needs that nobody has ever said anything else",
          "[ecn][RFC3168][SHLD-8][3168-6.1.1-b][3168-6.1.1-c]") {
  CHECK(agreed().capable());
  Ecn ecn = agreed();
  SECTION("the peer's SYN,ACK with both bits") {
    ecn = Ecn{EcnUse::on};
    ecn.sends_syn(false);
    ecn.syn_arrives(reflected_syn_ack);
    CHECK_FALSE(ecn.heeds_marks());
  }
  SECTION("a later SYN,ACK without") {
    ecn.syn_arrives({.ack = true, .syn = true});
    CHECK_FALSE(ecn.heeds_marks());
  }
  SECTION("a SYN of ours that asked no more: what the first one promised still holds") {
    ecn.sends_syn(true);
    CHECK(ecn.heeds_marks());
  }
  SECTION("not yet anything from the peer: the promise holds already") {
    ecn = Ecn{EcnUse::on};
    ecn.sends_syn(false);
    CHECK(ecn.heeds_marks());
  }
  CHECK_FALSE(ecn.capable());
}

TEST_CASE("RFC 3168 §6.1.3: echoes go on from a mark until CWR", "[ecn][RFC3168][SHLD-8][3168-6.1.3]") {
  Ecn ecn = agreed();
  ecn.text_arrives(false, false);
  CHECK_FALSE(ecn.echoes());
  ecn.text_arrives(true, false);
  CHECK(ecn.echoes());
  ecn.text_arrives(false, false);
  CHECK(ecn.echoes());
  ecn.text_arrives(false, true);
  CHECK_FALSE(ecn.echoes());
  ecn.text_arrives(true, true);  // the mark is newer than what CWR answers
  CHECK(ecn.echoes());
}

TEST_CASE("RFC 3168 §6.1.2, RFC 9438 §4.6: with a window of one segment, each mark doubles the silence",
          "[ecn][RFC3168][RFC9438][SHLD-8][3168-6.1.2-d][9438-4.6-e]") {
  Ecn ecn = agreed();
  CHECK(ecn.silence(1s) == 1s);
  CHECK(ecn.silence(1s) == 2s);
  CHECK(ecn.silence(1s) == 4s);
  for (int i = 0; i < 300; ++i) CHECK(ecn.silence(1s) <= 60s);
  CHECK(ecn.silence(200ms) == 12'800ms);
  ecn.no_echo();
  CHECK(ecn.silence(1s) == 1s);
}

TEST_CASE("RFC 3168 §6.1.2: one window is reduced once, whatever says that the network is full",
          "[congestion][RFC3168][SHLD-8][3168-6.1.2-b]") {
  CongestionControl congestion = with_new_reno();
  CHECK_FALSE(congestion.take_reduction());
  const Seq una{0xffff'f000};
  if (GENERATE(false, true)) {  // marks, and then a loss
    CHECK(congestion.marked(congestion_at(una)));
    CHECK_FALSE(congestion.marked(congestion_at(una + 10 * smss)));
    CHECK_FALSE(congestion.marked(congestion_at(una + 90 * smss)));
    congestion.lost(congestion_at(una + 89 * smss));
  } else {  // a loss, and then marks
    congestion.lost(congestion_at(una));
    CHECK_FALSE(congestion.marked(congestion_at(una + 1)));
    CHECK_FALSE(congestion.marked(congestion_at(una + 90 * smss)));
  }
  CHECK(congestion.window() == 45 * smss);
  CHECK(congestion.threshold() == 45 * smss);
  CHECK(congestion.take_reduction());
  CHECK_FALSE(congestion.take_reduction());
  SECTION("the next window is another") { CHECK(congestion.marked(congestion_at(una + 90 * smss + 1))); }
  SECTION("and so is the loss of its first segment, which bears the CWR") {
    congestion.lost(congestion_at(una + 90 * smss));
    CHECK(congestion.take_reduction());
  }
}

TEST_CASE("RFC 9438 §4.6: marks reduce cwnd to one segment, ssthresh to two",
          "[congestion][RFC9438][RFC3168][9438-4.6-d]") {
  for (const auto algorithm : {CongestionAvoidance::cubic, CongestionAvoidance::new_reno}) {
    CongestionControl congestion(algorithm, smss, Seq{1});
    CHECK(congestion.marked({.flight = smss, .smss = smss, .una = Seq{1}, .nxt = Seq{1}}));
    CHECK(congestion.window() == smss);
    CHECK(congestion.threshold() == 2 * smss);
    congestion.lost({.flight = smss, .smss = smss, .una = Seq{1}, .nxt = Seq{1}});
    CHECK(congestion.window() == smss);  // no sign of congestion makes it larger
    CongestionControl at_a_loss(algorithm, smss, Seq{1});
    at_a_loss.lost({.flight = smss, .smss = smss, .una = Seq{1}, .nxt = Seq{1}});
    CHECK(at_a_loss.window() == 2 * smss);
  }
}

TEST_CASE("RFC 3168 §6.1.2: a reduction that is undone before it was told is not told", "[congestion][RFC3168]") {
  CongestionControl congestion = with_new_reno();
  congestion.timed_out(congestion_at(Seq{1}), false);
  congestion.undo(100 * smss, UINT32_MAX);
  CHECK_FALSE(congestion.take_reduction());
  CHECK(congestion.marked(congestion_at(Seq{2})));
}

}  // namespace handwave::tcp
