// RFC 4987 §3.6, §3.7: a listener whose SYN cache is full answers with cookies, and knows its peers by what they bring
// back.
#include <malloc.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>
#include <utility>

#include "tests/rfc9293/states.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

#if defined(__has_feature)
#define HANDWAVE_HAS_FEATURE(name) __has_feature(name)
#else
#define HANDWAVE_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HANDWAVE_HAS_FEATURE(address_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// Every handshake is a cookie's.
Setup without_cache(Setup setup = {}) {
  setup.config.max_half_open = 0;
  return setup;
}

std::vector<Setup> setups_without_cache() {
  std::vector<Setup> all = passive_setups();
  for (Setup& setup : all) setup = without_cache(setup);
  return all;
}

ScriptedPeer peer_at(Host& host, std::uint16_t port) {
  FourTuple sockets{host_endpoint_v4, peer_endpoint_v4};
  sockets.remote.port = port;
  return {host, sockets, Seq{0x7fff'0000}};
}

/// A peer that has its cookie.
Conversation with_cookie(const Setup& setup) {
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  c.peer.expects(syn_ack().ack(1));
  return c;
}

Conversation established(const Setup& setup) {
  Conversation c = with_cookie(setup);
  c.peer.sends(ack());
  c.peer.expects_nothing();
  REQUIRE(c.host.accepts());
  return c;
}

}  // namespace

TEST_CASE("RFC 4987 §3.6: of a SYN that was answered with a cookie nothing is remembered",
          "[3.10.7.2][RFC4987][4987-3.6-a]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = in_listen(setup);
  c.peer.sends(syn().mss(1460).window_scale(7).sack_permitted());
  // Without timestamps there is no place for window scale and SACK to come back in.
  c.peer.expects(syn_ack().ack(1).no_window_scale().no_sack_permitted().no_timestamps().where(
      "the MSS is there", [](const TcpPacket& packet) { return packet.mss.has_value(); }));
  CHECK(c.host.stack().population().half_open == 0);
  CHECK(state_of(c) == "LISTEN");
  CHECK(c.host.count(Counter::tcp_syn_cookies_sent) == 1);
  CHECK_FALSE(c.host.stack().poll_timeout());
  c.host.tick(1h);
  c.peer.expects_nothing();
  CHECK(c.host.events().empty());
}

TEST_CASE("RFC 4987 §3.6: the ACK that brings the cookie back establishes the connection",
          "[3.10.7.2][RFC4987][4987-3.6-a]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = established(setup);
  CHECK(state_of(c) == "ESTABLISHED");
  CHECK(c.host.count(Counter::tcp_syn_cookies_accepted) == 1);
  CHECK(c.host.count(Counter::tcp_connections_accepted) == 1);
  c.peer.sends(data("hello"));
  CHECK(c.host.receives() == "hello");
  REQUIRE(c.host.sends("world"));
  c.peer.expects(data("world").seq(1).ack(6));
  c.peer.sends(ack());
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(6).ack(6));
  c.peer.sends(fin());
  c.peer.expects(ack().seq(7).ack(7));
  CHECK(state_of(c) == "TIME-WAIT");
}

TEST_CASE("RFC 4987 §3.6: an ACK with text works at once, and so does one with a FIN", "[3.10.7.2][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation with_text = with_cookie(setup);
  with_text.peer.sends(data("at once").seq(1).ack(1));
  REQUIRE(with_text.host.accepts());
  CHECK(with_text.host.receives() == "at once");
  Conversation with_fin = with_cookie(setup);
  with_fin.peer.sends(fin().text("all").seq(1).ack(1));
  with_fin.peer.expects(ack().seq(1).ack(5));
  REQUIRE(with_fin.host.accepts());
  CHECK(with_fin.host.receives() == "all");
  CHECK(state_of(with_fin) == "CLOSE-WAIT");
}

TEST_CASE("RST+ACK does not complete a cookie handshake", "[3.10.7.2][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = with_cookie(setup);
  c.peer.sends(rst_ack().seq(1).ack(1));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "LISTEN");
  // Nor does SYN+ACK: with its SYN a place further back it would bring the right numbers.
  c.peer.sends(syn_ack().seq(1).ack(1));
  CHECK(c.peer.expects(rst()).seq == c.peer.host_isn() + 1);
  CHECK(state_of(c) == "LISTEN");
  CHECK(c.host.stack().population().connections == 0);
  CHECK_FALSE(c.host.accepts());
  c.peer.sends(ack().seq(1).ack(1));
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 4987 §3.6: while no cookies are sent, any ACK is bad in LISTEN as ever", "[3.10.7.2][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = in_listen(setup);
  c.peer.sends(ack().seq(1).ack(1));
  c.peer.expects(rst());
  c.peer.sends(syn().seq(0));
  c.peer.expects(syn_ack().ack(1));
  c.host.tick(128s + 1ms);
  c.peer.sends(ack().seq(1).ack(1));
  c.peer.expects(rst().seq(1));
  CHECK(c.host.count(Counter::tcp_syn_cookies_failed) == 0);
}

TEST_CASE("RFC 4987 §3.6: while cookies are sent, text without one is dropped: it may follow one that is late",
          "[3.10.7.2][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = with_cookie(setup);
  for (const std::int64_t wrong : {0LL, 2LL, 0x8000'0001LL}) {
    c.peer.sends(octets(10).seq(1).ack(wrong));
    c.peer.sends(fin().seq(wrong).ack(1));
  }
  c.peer.expects_nothing();
  CHECK(c.host.count(Counter::tcp_syn_cookies_failed) == 6);
  CHECK(c.host.stack().population().connections == 0);
  // The second segment overtakes the first.
  c.peer.sends(octets(100).seq(101).ack(1));
  c.peer.expects_nothing();
  c.peer.sends(octets(100).seq(1).ack(1));
  c.peer.sends(octets(100).seq(101).ack(1));
  REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == pattern_text(0, 200));
}

TEST_CASE("RFC 9293 §3.10.7.2 second: while cookies are sent, a bare ACK without one is answered with a RST as ever",
          "[3.10.7.2][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = with_cookie(setup);
  for (const std::int64_t wrong : {0LL, 2LL, 0x8000'0001LL}) {
    c.peer.sends(ack().seq(1).ack(wrong));
    c.peer.expects(rst().seq(wrong));
    c.peer.sends(ack().seq(wrong).ack(1));
    c.peer.expects(rst().seq(1));
  }
  CHECK(c.host.count(Counter::tcp_syn_cookies_failed) == 0);
  c.peer.sends(ack());
  CHECK(state_of(c) == "ESTABLISHED");
}

TEST_CASE("RFC 4987 §3.6: a cookie is good for one to two minutes", "[3.10.7.2][RFC4987][4987-3.6-b]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation in_time = with_cookie(setup);
  in_time.host.tick(64s);
  in_time.peer.sends(ack());
  CHECK(state_of(in_time) == "ESTABLISHED");
  Conversation late = with_cookie(setup);
  late.host.tick(128s + 1ms);
  late.peer.sends(ack());
  late.peer.expects(rst().seq(1));
  CHECK(state_of(late) == "LISTEN");
}

TEST_CASE("RFC 4987 §3.6: with timestamps, the window scale and SACK come back too",
          "[3.10.7.2][RFC4987][RFC7323][4987-3.6-d]") {
  auto setup = GENERATE(from_range(setups_without_cache()));
  setup.peer_timestamps = setup.peer_sack = true;
  setup.peer_window_scale = 7;
  setup.peer_wnd = 500;
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  const TcpPacket answer = c.peer.expects(syn_ack().ack(1).sack_permitted().where(
      "the options are there", [](const TcpPacket& packet) { return packet.timestamps && packet.window_scale; }));
  CHECK(answer.timestamps->second == 1'000'000);  // TSecr is the SYN's
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  CHECK(c.host.status().send_window == 500 << 7);
  c.peer.sends(octets(100).seq(101));
  c.peer.expects(ack().ack(1).sack({{101, 201}}));
  // Our window is scaled, too: more than 16 bits can tell.
  CHECK(c.host.status().receive_window > 65535);
}

TEST_CASE("RFC 4987 §3.6: a peer without SACK or window scale is not taken for one that has them",
          "[3.10.7.2][RFC4987]") {
  auto setup = GENERATE(from_range(setups_without_cache()));
  setup.peer_timestamps = true;
  Conversation c = with_cookie(setup);
  c.peer.sends(ack().wnd(500));
  REQUIRE(c.host.accepts());
  CHECK(c.host.status().send_window == 500);
  c.peer.sends(octets(100).seq(101));
  c.peer.expects(ack().ack(1).no_sack());
}

TEST_CASE("RFC 7323 §5.4: after a cookie the timestamps go on from its TSval, and measure the round trip",
          "[3.10.7.2][RFC4987][RFC7323]") {
  auto setup = GENERATE(from_range(setups_without_cache()));
  setup.peer_timestamps = setup.peer_sack = true;
  setup.peer_window_scale = GENERATE(std::uint8_t{0}, std::uint8_t{7}, std::uint8_t{14});
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  const std::uint32_t in_cookie = c.peer.expects(syn_ack().ack(1)).timestamps->first;
  c.host.tick(200ms);
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  // The cookie's own time is known to 64 ticks.
  REQUIRE(c.host.status().smoothed_rtt);
  CHECK(*c.host.status().smoothed_rtt >= 200ms);
  CHECK(*c.host.status().smoothed_rtt <= 263ms);
  REQUIRE(c.host.sends("text"));
  const std::uint32_t next = c.peer.expects(data("text")).timestamps->first;
  CHECK(next - in_cookie >= 200);
  CHECK(next - in_cookie <= 263);
  c.host.tick(20ms);
  c.peer.sends(ack());
  CHECK(*c.host.status().smoothed_rtt < 263ms);
  // PAWS has the peer's clock.
  c.peer.sends(data("old").timestamps(1, next));
  CHECK(c.host.count(Counter::tcp_paws_rejected) == 1);
}

TEST_CASE("RFC 4987 §3.6: a segment is no larger than the MSS of the peer's SYN", "[3.10.7.2][RFC4987][MUST-15]") {
  auto setup = GENERATE(from_range(setups_without_cache()));
  const std::uint16_t by_default = setup.family == IpAddress::Family::v4 ? 536 : 1220;
  for (const auto& [mss, used] :
       {std::pair{1460, 1460}, std::pair{1455, 1452}, std::pair{1300, 1220}, std::pair{535, 64}}) {
    setup.peer_mss = static_cast<std::uint16_t>(mss);
    const int largest = setup.family == IpAddress::Family::v4 ? 1460 : 1440;
    CHECK(established(setup).host.status().effective_mss == std::min(used, largest));
  }
  setup.peer_mss.reset();
  CHECK(established(setup).host.status().effective_mss == by_default);
}

TEST_CASE("RFC 4987 §3.6: with a full backlog the ACK is dropped, and the peer's text has another chance",
          "[3.10.7.2][RFC4987]") {
  auto setup = without_cache();
  setup.backlog = 1;
  Conversation c = in_listen(setup);
  ScriptedPeer first = peer_at(c.host, 1);
  ScriptedPeer second = peer_at(c.host, 2);
  for (ScriptedPeer* peer : {&first, &second}) {
    peer->sends(syn());
    peer->expects(syn_ack().ack(1));
    peer->sends(ack());
    peer->expects_nothing();
  }
  CHECK(c.host.count(Counter::tcp_backlog_full) == 1);
  CHECK(c.host.stack().population().connections == 1);
  REQUIRE(c.host.accepts());
  second.sends(data("text"));
  REQUIRE(c.host.accepts());
  CHECK(c.host.receives() == "text");
}

TEST_CASE("RFC 4987 §3.7: a cookie is good although a second SYN found room in the cache",
          "[3.10.7.2][RFC4987][4987-3.7]") {
  Setup setup;
  setup.config.max_half_open = 1;
  Conversation c = in_listen(setup);
  ScriptedPeer before = peer_at(c.host, 1);
  ScriptedPeer slow = peer_at(c.host, 2);
  before.sends(syn());
  before.expects(syn_ack());
  slow.sends(syn());
  slow.expects(syn_ack().ack(1));
  before.sends(ack());
  CHECK(c.host.stack().population().half_open == 0);
  const Seq cookie = slow.host_isn();
  slow.sends(syn().seq(0));
  CHECK(c.host.stack().population().half_open == 1);
  const TcpPacket again = slow.expects_any();
  CHECK(again.seq != cookie);
  // The first answer arrives at last, and is the one that counts for the peer.
  slow.sends(ack().seq(1).ack(1 + (cookie - again.seq)));
  slow.expects_nothing();
  CHECK(c.host.stack().population().half_open == 0);
  CHECK(c.host.stack().state_of(slow.sockets()) == tcp::State::established);
  CHECK(c.host.count(Counter::tcp_syn_cookies_accepted) == 1);
}

TEST_CASE("RFC 4987 §3.6: when the listener is gone, its cookies are nothing", "[3.10.7.1][RFC4987]") {
  const auto setup = GENERATE(from_range(setups_without_cache()));
  Conversation c = with_cookie(setup);
  c.host.closes_listener();
  c.peer.sends(ack());
  c.peer.expects(rst().seq(1));
  CHECK(state_of(c) == "CLOSED");
}

TEST_CASE("RFC 9293 §3.6.1: with the SYN cache full, no SYN reopens out of TIME-WAIT: a cookie's number lies anywhere",
          "[3.6.1][MAY-2][RFC4987]") {
  Setup setup;
  setup.config.max_half_open = 1;
  Conversation c = in_time_wait(setup);
  ScriptedPeer other = peer_at(c.host, 1);
  other.sends(syn());
  other.expects(syn_ack());
  c.peer.sends(syn().seq(100'000));
  c.peer.expects_nothing();
  CHECK(state_of(c) == "TIME-WAIT");
  CHECK(c.host.count(Counter::tcp_syn_cache_full) == 1);
  CHECK(c.host.count(Counter::tcp_time_wait_reused) == 0);
  other.sends(ack());
  c.peer.sends(syn().seq(100'000));  // now there is room
  c.peer.expects(syn_ack().ack(100'001));
}

TEST_CASE("10,000 SYNs cost less than 4 MB", "[RFC4987]") {
  if (sanitized) SKIP("the heap is the sanitizer's");
  for (const std::size_t limit : {std::size_t{4096}, std::size_t{10'000}}) {
    Setup setup;
    setup.config.max_half_open = limit;
    Conversation c = in_listen(setup);
    TcpPacket forged;
    forged.destination = host_endpoint_v4;
    forged.flags = SYN;
    const auto before = mallinfo2();
    for (std::uint16_t i = 0; i < 10'000; ++i) {
      forged.source = {IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(3 + i % 250)),
                       static_cast<std::uint16_t>(1024 + i)};
      c.host.stack().receive(c.host.now(), Bytes{build(forged)});
      while (c.host.stack().poll_transmit(c.host.now()) != nullptr) {
      }
    }
    const auto after = mallinfo2();
    CHECK(c.host.stack().population().half_open == std::min<std::size_t>(limit, 10'000));
    CHECK(c.host.count(Counter::tcp_syn_cookies_sent) == 10'000 - c.host.stack().population().half_open);
    CHECK(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + 4'000'000);
    CHECK(after.uordblks + after.hblkhd > before.uordblks + before.hblkhd);  // it does measure
  }
}

}  // namespace handwave::test
