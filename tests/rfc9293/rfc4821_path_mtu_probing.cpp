// RFC 4821: packetization layer path MTU discovery, segment by segment.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using enum IpAddress::Family;
using namespace std::chrono_literals;

/// A peer behind a path that swallows packets of more than `mtu` octets. It has a receive buffer, and acknowledges
/// every segment.
class FarPeer {
 public:
  explicit FarPeer(const Setup& setup)
      : c(in_established(with(setup))), mtu(setup.family == v4 ? 1024 : 1280), sack_(setup.peer_sack) {}

  Conversation c;
  std::size_t mtu;
  std::vector<TcpPacket> swallowed{};

  /// All that waits comes in, 10 ms after it was sent, but what is swallowed and what `loses` chooses.
  void takes_all(const std::function<bool(const TcpPacket&)>& loses = {}) {
    const std::vector<TcpPacket> packets = c.peer.ignores_answers();
    c.host.tick(10ms);
    for (const TcpPacket& packet : packets) {
      c.host.tick(100us);
      if (packet.size > mtu)
        swallowed.push_back(packet);
      else if (!loses || !loses(packet))
        takes(packet);
    }
  }
  /// Until the host has found out that its packets are swallowed, and sends smaller ones.
  void waits_for_black_hole() {
    c.peer.ignores_answers();
    for (int i = 0; i < 800 && c.host.count(Counter::tcp_path_mtu_black_holes) == 0; ++i) c.host.tick(10ms);
    REQUIRE(c.host.count(Counter::tcp_path_mtu_black_holes) == 1);
    std::vector<TcpPacket> waiting = c.peer.ignores_answers();
    REQUIRE(!waiting.empty());
    first_small = waiting.back();
    c.host.tick(10ms);
    takes(first_small);
  }
  /// Until a probe has been sent, which waits with what followed it.
  TcpPacket runs_until_probe() {
    for (int i = 0; i < 200; ++i) {
      const auto& answers = c.host.answers();
      const auto found = std::ranges::find_if(answers, [&](const TcpPacket& packet) { return packet.size > mtu; });
      if (found != answers.end()) return *found;
      takes_all();
    }
    FAIL("there was no probe");
    return {};
  }

  /// Until the host knows that its probe was lost; before each round trip it calls `looks`.
  void runs_until_probe_is_lost(const std::function<void()>& looks) {
    for (int i = 0; i < 10 && c.host.count(Counter::tcp_path_mtu_probes_lost) == 0; ++i) {
      looks();
      takes_all();
    }
    REQUIRE(c.host.count(Counter::tcp_path_mtu_probes_lost) == 1);
  }

  TcpPacket first_small;
  TcpPacket probe;

 private:
  static Setup with(Setup setup) {
    setup.peer_window_scale = 7;
    return setup;
  }

  void takes(const TcpPacket& packet) {
    const std::int64_t from = c.peer.relative_seq(packet);
    std::int64_t& to = held_[from];
    to = std::max(to, from + static_cast<std::int64_t>(packet.text.size()));
    while (!held_.empty() && held_.begin()->first <= next_) {
      next_ = std::max(next_, held_.begin()->second);
      held_.erase(held_.begin());
    }
    Segment answer = ack().ack(next_);
    if (sack_ && !held_.empty()) {
      std::int64_t end = held_.begin()->first;
      for (const auto& [begin, stop] : held_)
        if (begin <= end) end = std::max(end, stop);
      answer = answer.sack({{held_.begin()->first, end}});
    }
    c.peer.sends(answer);
  }

  bool sack_;
  std::int64_t next_ = 1;
  std::map<std::int64_t, std::int64_t> held_;
};

/// Its `probe` is on its way.
FarPeer with_probe_on_its_way(const Setup& setup) {
  FarPeer peer(setup);
  REQUIRE(peer.c.host.sends_octets(900'000));
  peer.waits_for_black_hole();
  peer.probe = peer.runs_until_probe();
  return peer;
}

Setup any_setup() {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  return {.family = GENERATE(v4, v6),
          .host_isn = numbers.host,
          .peer_isn = numbers.peer,
          .peer_sack = GENERATE(true, false),
          .peer_timestamps = GENERATE(true, false)};
}

}  // namespace

TEST_CASE("RFC 4821 §7.7: when R1 is reached packets are as small as nearly every path carries them",
          "[plpmtud][RFC4821][4821-7.7-a][4821-7.2-b][4821-8]") {
  const Setup setup = any_setup();
  FarPeer peer(setup);
  REQUIRE(peer.c.host.sends_octets(100'000));
  const auto cwnd_in_packets = [&] {
    const Status status = peer.c.host.status();
    return status.congestion_window / status.effective_mss;
  };
  peer.c.host.tick(6900ms);  // a tail loss probe, and timeouts after 1 and 2 s more
  for (const TcpPacket& packet : peer.c.peer.ignores_answers()) CHECK(packet.size == 1500);
  peer.waits_for_black_hole();
  CHECK(peer.first_small.size == peer.mtu);
  if (setup.family == v4) CHECK(peer.first_small.dont_fragment);
  CHECK(peer.c.peer.relative_seq(peer.first_small) == 1);
  CHECK(peer.c.host.count(Counter::tcp_retransmission_timeouts) == 3);
  CHECK(cwnd_in_packets() <= 2);  // 4821-4-d: it was one packet, and one was acknowledged since
}

TEST_CASE("RFC 4821 §7.7: further timeouts halve the packets, down to the floor", "[plpmtud][RFC4821][4821-7.7-b]") {
  const auto family = GENERATE(v4, v6);
  FarPeer peer({.family = family});
  peer.mtu = 0;
  REQUIRE(peer.c.host.sends_octets(100'000));
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 6; ++i) {
    const auto timeouts = peer.c.host.count(Counter::tcp_retransmission_timeouts);
    while (peer.c.host.count(Counter::tcp_retransmission_timeouts) == timeouts) peer.c.host.tick(10ms);
    sizes.push_back(peer.c.peer.ignores_answers().back().size);
  }
  const auto want = family == v4 ? std::vector<std::size_t>{1500, 1500, 1024, 552, 552, 552}
                                 : std::vector<std::size_t>{1500, 1500, 1280, 1280, 1280, 1280};
  CHECK(sizes == want);
}

TEST_CASE("RFC 4821 §7.7: no black hole where ICMP tells of another reason, or where only little is lost",
          "[plpmtud][RFC4821][4821-7.7-a]") {
  const bool told = GENERATE(true, false);
  Conversation c = in_established({});
  REQUIRE(c.host.sends_octets(told ? 3000 : 900));
  const TcpPacket first = c.peer.expects_any();
  if (told) c.peer.sends_icmp_error(3, 0, first);  // network unreachable
  c.host.tick(20s);
  CHECK(c.host.count(Counter::tcp_retransmission_timeouts) >= 4);
  CHECK(c.host.count(Counter::tcp_path_mtu_black_holes) == 0);
  CHECK(c.host.status().effective_mss == 1460);
}

TEST_CASE("RFC 4821 §7.5: a probe is one segment of new text, as large as it says, with segments behind it",
          "[plpmtud][RFC4821][4821-5.1][4821-7.4-a][4821-7.4-b][4821-7.2-a][4821-7.1-a]") {
  const Setup setup = any_setup();
  FarPeer peer = with_probe_on_its_way(setup);
  const TcpPacket& probe = peer.probe;
  CHECK(probe.size == 1500);  // RFC 4821 §5.1: with all headers
  if (setup.family == v4) CHECK(probe.dont_fragment);
  CHECK(probe.text == pattern_text(static_cast<std::uint64_t>(peer.c.peer.relative_seq(probe) - 1), probe.text.size()));
  for (const TcpPacket& packet : peer.c.host.answers())
    if (packet.seq != probe.seq) CHECK(packet.size <= peer.mtu);
  const Status status = peer.c.host.status();
  CHECK(status.congestion_window >= probe.text.size() + 3U * status.effective_mss);
  CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes) == 1);
}

TEST_CASE("RFC 4821 §7.4: there is no probe without text enough behind it",
          "[plpmtud][RFC4821][4821-7.4-a][4821-7.4-b]") {
  Setup setup;
  setup.connection.nagle = false;
  FarPeer peer(setup);
  REQUIRE(peer.c.host.sends_octets(1460));
  peer.waits_for_black_hole();
  const auto takes_the_rest = [&] {
    while (!peer.c.host.answers().empty()) peer.takes_all();
  };
  for (int i = 0; i < 20; ++i) {
    takes_the_rest();
    REQUIRE(peer.c.host.sends_octets(1460 + 3 * 984 - 1));
  }
  CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes) == 0);
  takes_the_rest();
  REQUIRE(peer.c.host.sends_octets(1460 + 3 * 984));
  CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes) == 1);
}

TEST_CASE("RFC 4821 §7.6.1: a probe that arrives makes packets larger, and the window no wider",
          "[plpmtud][RFC4821][4821-7.6.1][4821-4-c]") {
  FarPeer peer = with_probe_on_its_way(any_setup());
  const TcpPacket& probe = peer.probe;
  const std::uint16_t small = peer.c.host.status().effective_mss;
  peer.mtu = 1500;
  std::uint32_t window = 0;
  for (int i = 0; i < 10 && peer.c.host.status().effective_mss == small; ++i) {
    window = peer.c.host.status().congestion_window;
    REQUIRE(!peer.c.host.answers().empty());
    peer.takes_all();
  }
  const Status status = peer.c.host.status();
  CHECK(status.effective_mss == probe.text.size());
  CHECK(status.congestion_window <= 2 * window);  // slow start, by what was acknowledged
  CHECK(std::ranges::any_of(peer.c.host.answers(), [](const TcpPacket& packet) { return packet.size == 1500; }));
  CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes_lost) == 0);
}

TEST_CASE("RFC 4821 §7.6.2: the loss of a probe alone is repaired, and no sign of congestion",
          "[plpmtud][RFC4821][4821-7.6.2-a][4821-7.6.2-b][4821-4-a][4821-4-g][4821-6.1][7323-5.7]") {
  const Setup setup = any_setup();
  FarPeer peer = with_probe_on_its_way(setup);
  const TcpPacket& probe = peer.probe;
  const Status before = peer.c.host.status();
  const auto timeouts = peer.c.host.count(Counter::tcp_retransmission_timeouts);
  std::string again;
  peer.runs_until_probe_is_lost([&] {
    for (const TcpPacket& packet : peer.c.host.answers())
      if (packet.seq >= probe.seq && packet.seq < probe.end() && packet.size <= peer.mtu) again += packet.text;
  });
  CHECK(again.starts_with(probe.text));
  const Status after = peer.c.host.status();
  CHECK(after.congestion_window >= before.congestion_window);
  CHECK(after.slow_start_threshold == before.slow_start_threshold);
  CHECK(after.effective_mss == before.effective_mss);
  CHECK(peer.c.host.count(Counter::tcp_fast_retransmits) == 0);
  CHECK(peer.c.host.count(Counter::tcp_retransmission_timeouts) == timeouts);
}

TEST_CASE("RFC 4821 §7.6.4: a probe that is lost among others is congestion, and tried again",
          "[plpmtud][RFC4821][4821-7.6.4][4821-4-a][4821-7.4-c]") {
  const Setup setup = any_setup();
  FarPeer peer = with_probe_on_its_way(setup);
  const TcpPacket& probe = peer.probe;
  const Status before = peer.c.host.status();
  bool lost = false;
  const auto next_one = [&](const TcpPacket& packet) {
    return packet.seq == probe.end() && !std::exchange(lost, true);
  };
  for (int i = 0; i < 200 && peer.c.host.count(Counter::tcp_path_mtu_probes) < 2; ++i) peer.takes_all(next_one);
  CHECK(peer.c.host.count(Counter::tcp_fast_retransmits) == 1);
  CHECK(peer.c.host.status().slow_start_threshold < before.congestion_window);
  CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes_lost) == 0);
  // In congestion avoidance an ACK makes room for one segment: the probe has waited for two of them (§7.4).
  CHECK(peer.runs_until_probe().size == 1500);
}

TEST_CASE("RFC 4821 §7.6.2: after a probe that failed comes none for a round trip a packet of the window",
          "[plpmtud][RFC4821][4821-4-b][4821-7.6.2-c]") {
  const Setup setup = any_setup();
  FarPeer peer = with_probe_on_its_way(setup);
  Status before;
  Instant failed;
  peer.runs_until_probe_is_lost([&] {
    before = peer.c.host.status();
    failed = peer.c.host.now();
  });
  REQUIRE(before.smoothed_rtt);
  const Duration headway = *before.smoothed_rtt * (before.congestion_window / before.effective_mss);
  while (peer.c.host.now() - failed < headway) {
    CHECK(peer.c.host.count(Counter::tcp_path_mtu_probes) == 1);
    REQUIRE(!peer.c.host.answers().empty());
    peer.takes_all();
  }
  CHECK(headway >= 4 * *before.smoothed_rtt);
}

TEST_CASE("RFC 4821 §7.6.2: a router that names the size a probe may have is believed",
          "[plpmtud][RFC4821][4821-7.6.2-e]") {
  const Setup setup = any_setup();
  FarPeer peer = with_probe_on_its_way(setup);
  const TcpPacket& probe = peer.probe;
  const Status before = peer.c.host.status();
  peer.c.peer.sends_too_big(probe, 1400);
  CHECK(peer.c.host.status().congestion_window == before.congestion_window);
  CHECK(peer.c.host.status().effective_mss == before.effective_mss);
  peer.takes_all();
  CHECK(peer.runs_until_probe().size == 1400);
}

}  // namespace handwave::test
