// RFC 6191 §2: which SYN may open a new connection out of TIME-WAIT, by its timestamp and its sequence number: the
// whole table, and what the active side does (RFC 9293 §3.10.1).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <optional>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// TSval of all that the old connection sent, and of its FIN: ScriptedPeer's clock, which stands still here.
constexpr std::uint32_t last_timestamp = 1'000'000;
/// Relative to the peer's ISN: the sequence number of its FIN, "the last sequence number used".
constexpr std::int64_t last_sequence_number = 1;

struct NewSyn {
  std::int64_t seq;
  std::optional<std::uint32_t> timestamp;
};

/// Whether the SYN of a new incarnation is honoured.
bool honours(Setup setup, bool timestamps_before, const NewSyn& fresh) {
  setup.peer_timestamps = timestamps_before;
  Conversation c = in_time_wait(setup);
  const Segment plain = syn().seq(fresh.seq);
  c.peer.sends(fresh.timestamp ? plain.timestamps(*fresh.timestamp, 0) : plain.no_timestamps());
  const TcpPacket answer = c.peer.expects_any();
  const bool honoured = answer.has(SYN);
  CHECK(state_of(c) == (honoured ? "SYN-RECEIVED" : "TIME-WAIT"));
  CHECK(c.host.count(Counter::tcp_time_wait_reused) == (honoured ? 1 : 0));
  // Beyond the RFC's "silently drop": RFC 9293 §3.10.7.4 has the challenge ACK of RFC 5961 for all other SYNs.
  if (!honoured) CHECK((answer.flags == ACK && answer.ack == setup.peer_isn + 2));
  return honoured;
}

/// Sequence numbers of either side of the last one used, near and far.
constexpr std::initializer_list<std::int64_t> not_greater = {last_sequence_number, 0, -1, -100'000, -0x7fff'0000LL};
constexpr std::initializer_list<std::int64_t> greater = {last_sequence_number + 1, 100'000, 0x7fff'0000LL};

}  // namespace

TEST_CASE("RFC 6191 §2: timestamps before, and a greater one now: honoured whatever the sequence number",
          "[3.6.1][RFC6191][SHLD-4][6191-2-a]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::uint32_t timestamp : {last_timestamp + 1, last_timestamp + 1000, last_timestamp + 0x7fff'ffffU}) {
    for (const std::int64_t seq : not_greater) CHECK(honours(setup, true, {seq, timestamp}));
    for (const std::int64_t seq : greater) CHECK(honours(setup, true, {seq, timestamp}));
  }
}

TEST_CASE("RFC 6191 §2: timestamps before, and the same now: honoured if the sequence number is greater",
          "[3.6.1][RFC6191][SHLD-4][6191-2-b][6191-2-d]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : not_greater) CHECK_FALSE(honours(setup, true, {seq, last_timestamp}));
  for (const std::int64_t seq : greater) CHECK(honours(setup, true, {seq, last_timestamp}));
}

TEST_CASE("RFC 6191 §2: timestamps before, and none now: honoured if the sequence number is greater",
          "[3.6.1][RFC6191][SHLD-4][6191-2-c][6191-2-d]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : not_greater) CHECK_FALSE(honours(setup, true, {seq, std::nullopt}));
  for (const std::int64_t seq : greater) CHECK(honours(setup, true, {seq, std::nullopt}));
}

TEST_CASE("RFC 6191 §2: timestamps before, and a smaller one now: not honoured whatever the sequence number",
          "[3.6.1][RFC6191][SHLD-4][6191-2-d]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::uint32_t timestamp : {last_timestamp - 1, 0U, last_timestamp - 0x7fff'ffffU}) {
    for (const std::int64_t seq : not_greater) CHECK_FALSE(honours(setup, true, {seq, timestamp}));
    for (const std::int64_t seq : greater) CHECK_FALSE(honours(setup, true, {seq, timestamp}));
  }
}

TEST_CASE("RFC 6191 §2: no timestamps before, and some now: honoured whatever they say",
          "[3.6.1][RFC6191][SHLD-4][6191-2-e]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::uint32_t timestamp : {0U, 1U, last_timestamp, 0xffff'ffffU}) {
    for (const std::int64_t seq : not_greater) CHECK(honours(setup, false, {seq, timestamp}));
    for (const std::int64_t seq : greater) CHECK(honours(setup, false, {seq, timestamp}));
  }
}

TEST_CASE("RFC 6191 §2: no timestamps, before or now: honoured if the sequence number is greater",
          "[3.6.1][RFC6191][SHLD-4][MAY-2][6191-2-f][6191-2-g]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : not_greater) CHECK_FALSE(honours(setup, false, {seq, std::nullopt}));
  for (const std::int64_t seq : greater) CHECK(honours(setup, false, {seq, std::nullopt}));
}

TEST_CASE("RFC 6191 §2: the last sequence number is the FIN's, not the last one seen in a header",
          "[3.6.1][RFC6191][SHLD-4][MAY-2]") {
  const auto setup = GENERATE(from_range(passive_setups()));
  for (const std::int64_t seq : {6LL, 7LL}) {
    Conversation c = in_fin_wait_2(setup);
    c.peer.sends(fin().text("hello").seq(1));  // the FIN is at 6
    c.peer.expects(ack().ack(7));
    c.peer.sends(syn().seq(seq));
    CHECK(state_of(c) == (seq > 6 ? "SYN-RECEIVED" : "TIME-WAIT"));
  }
}

TEST_CASE("RFC 6191 §2: the new connection begins with the new SYN's timestamp, which PAWS goes by",
          "[3.6.1][RFC6191][RFC7323]") {
  auto setup = GENERATE(from_range(passive_setups()));
  setup.peer_timestamps = true;
  Conversation c = in_time_wait(setup);
  ScriptedPeer next(c.host, c.peer.sockets(), setup.peer_isn - 5000);
  next.sends(syn().timestamps(2'000'000, 0));
  const TcpPacket answer = next.expects(syn_ack().ack(1));
  CHECK(answer.timestamps->second == 2'000'000);
  CHECK(answer.seq > *setup.host_isn + 2);  // beyond our own old numbers
  next.sends(ack().timestamps(2'000'001, answer.timestamps->first));
  REQUIRE(c.host.accepts());
  CHECK(c.host.stack().population().time_wait == 0);
  // A segment of the old incarnation that comes late has an old timestamp.
  next.sends(data("late").timestamps(last_timestamp, 0));
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 1);
  CHECK(c.host.receives().error() == TcpError::would_block);
}

TEST_CASE("RFC 6191 §3: our own clock does not run backwards from one incarnation to the next",
          "[3.6.1][RFC6191][RFC7323][6191-3]") {
  auto setup = GENERATE(from_range(passive_setups()));
  setup.peer_timestamps = true;
  Conversation c = in_established(setup);
  REQUIRE(c.host.closes());
  const std::uint32_t before = c.peer.expects(fin()).timestamps->first;
  c.peer.sends(fin());
  c.peer.expects(ack());
  c.host.tick(1s);
  ScriptedPeer next(c.host, c.peer.sockets(), setup.peer_isn + 5000);
  next.sends(syn().timestamps(2'000'000, 0));
  CHECK(next.expects(syn_ack()).timestamps->first - before == 1000);
}

TEST_CASE("RFC 9293 §3.10.1: an active OPEN does not end TIME-WAIT; another port is chosen", "[3.10.1][3.6.1]") {
  const auto setup = GENERATE(from_range(active_setups()));
  Conversation c = in_time_wait(setup);
  OpenOptions same;
  same.local_address = c.peer.sockets().local.address;
  same.local_port = c.peer.sockets().local.port;
  CHECK(c.host.connects(c.peer.sockets().remote, same).error() == TcpError::connection_already_exists);
  CHECK(state_of(c) == "TIME-WAIT");
  c.peer.expects_nothing();
  // To another remote socket the same port will do.
  Endpoint elsewhere = c.peer.sockets().remote;
  ++elsewhere.port;
  CHECK(c.host.connects(elsewhere, same));
  c.host.tick(2 * setup.config.msl);
  CHECK(c.host.connects(c.peer.sockets().remote, same));
}

TEST_CASE("RFC 6056 §3.3.4: no ephemeral port is chosen whose last connection to that socket is in TIME-WAIT",
          "[3.10.1][3.6.1]") {
  Host host(default_config(), secret_from_seed(1), Instant{24h});
  REQUIRE(host.connects());
  const std::uint16_t first = host.sockets().local.port;
  ScriptedPeer peer(host, host.sockets(), Seq{7});
  peer.expects(syn());
  peer.sends(syn_ack());
  peer.expects(ack());
  REQUIRE(host.closes());
  peer.expects(fin());
  peer.sends(fin());
  peer.expects(ack());
  REQUIRE(host.state() == tcp::State::time_wait);
  // All the others, once round.
  std::size_t opened = 0;
  while (host.connects()) {
    ++opened;
    CHECK(host.sockets().local.port != first);
    host.aborts();
    if (opened == 20'000) break;  // more than there are
  }
  CHECK(opened == 20'000);
}

}  // namespace handwave::test
