// The ladder: what it says of each segment, and that it stays within its columns.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sstream>
#include <string>

#include "apps/ladder.hpp"
#include "apps/peer_state.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using tcp::State;

const Endpoint client{IpAddress::v4(192, 0, 2, 1), 40312};
const Endpoint server{IpAddress::v4(192, 0, 2, 2), 80};
constexpr Seq client_iss{0xffff'fff0};  // the numbers wrap within the connection
constexpr Seq server_iss{0x7fff'fffe};

wire::TcpFlags flags(std::string_view names) {
  wire::TcpFlags set;
  set.syn = names.contains('S');
  set.ack = names.contains('A');
  set.fin = names.contains('F');
  set.psh = names.contains('P');
  set.rst = names.contains('R');
  return set;
}

/// A segment with places counted from the SYNs.
SegmentView segment(bool rightward, std::string_view names, std::uint32_t seq, std::uint32_t ack,
                    std::size_t length = 0, std::string first_line = {}) {
  SegmentView view;
  view.sockets = rightward ? FourTuple{client, server} : FourTuple{server, client};
  view.header.flags = flags(names);
  view.header.seq = (rightward ? client_iss : server_iss) + seq;
  view.header.ack = (rightward ? server_iss : client_iss) + ack;
  view.length = length;
  view.first_line = std::move(first_line);
  return view;
}

/// Draws segments with both ends' states inferred.
class Onlooker {
 public:
  void see(const SegmentView& seen) {
    if (!ladder_) ladder_.emplace(now_, seen, "kernel", "handwave");
    const bool rightward = ladder_->is_rightward(seen);
    (rightward ? left_ : right_).sent(seen.header, seen.length);
    (rightward ? right_ : left_).received(seen.header, seen.length);
    ladder_->add(now_, seen, {left_.state(), right_.state()});
    now_ += 125us;
  }
  void see_handshake() {
    see(segment(true, "S", 0, 0));
    see(segment(false, "SA", 0, 1));
    see(segment(true, "A", 1, 1));
  }
  [[nodiscard]] const Ladder& ladder() const { return *ladder_; }
  [[nodiscard]] std::string drawing() const { return ladder_->draw("Connection 1"); }

 private:
  Instant now_{5s};
  std::optional<Ladder> ladder_;
  PeerState left_{State::closed};
  PeerState right_{State::listen};
};

std::size_t width(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return columns;
}

void check_widths(const std::string& drawing) {
  std::istringstream lines{drawing};
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(width(line) <= Ladder::columns);
  }
}

}  // namespace

TEST_CASE("The ladder names ECN's bits, and a router's mark (RFC 3168)", "[ladder][RFC3168]") {
  Onlooker onlooker;
  SegmentView syn = segment(true, "S", 0, 0);
  syn.header.flags.ece = syn.header.flags.cwr = true;
  onlooker.see(syn);
  SegmentView marked = segment(true, "PA", 1, 1, 100);
  marked.congestion_experienced = true;
  onlooker.see(marked);
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("SYN,ECE,CWR seq=0"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("PSH,ACK CE seq=1"));
}

TEST_CASE("The ladder names the handshake, the exchange and the four steps of the close", "[ladder][RFC9293-3.6]") {
  Onlooker onlooker;
  onlooker.see_handshake();
  onlooker.see(segment(true, "PA", 1, 1, 76, "GET / HTTP/1.1"));
  onlooker.see(segment(false, "PA", 1, 77, 512, "HTTP/1.1 200 OK"));
  onlooker.see(segment(false, "FA", 513, 77));
  CHECK(onlooker.ladder().states() == LadderStates{State::close_wait, State::fin_wait_1});
  onlooker.see(segment(true, "A", 77, 514));
  CHECK(onlooker.ladder().states() == LadderStates{State::close_wait, State::fin_wait_2});
  CHECK_FALSE(onlooker.ladder().finished());
  onlooker.see(segment(true, "FA", 77, 514));
  CHECK(onlooker.ladder().states() == LadderStates{State::last_ack, State::time_wait});
  onlooker.see(segment(false, "A", 514, 78));
  CHECK(onlooker.ladder().finished());

  const std::string expected =
      R"(Connection 1
  time/ms  kernel 192.0.2.1:40312                          handwave 192.0.2.2:80
           CLOSED                                                   LISTEN
    0.000  SYN-SENT     ──── SYN seq=0 ───────────────────────────▶ SYN-RECEIVED  handshake 1 of 3
    0.125  ESTABLISHED  ◀──── SYN,ACK seq=0 ack=1 ───────────────── SYN-RECEIVED  handshake 2 of 3
    0.250  ESTABLISHED  ──── ACK seq=1 ack=1 ─────────────────────▶ ESTABLISHED   handshake 3 of 3
    0.375  ESTABLISHED  ──── PSH,ACK seq=1 ack=1 len=76 ──────────▶ ESTABLISHED   request
                                      GET / HTTP/1.1
    0.500  ESTABLISHED  ◀──── PSH,ACK seq=1 ack=77 len=512 ──────── ESTABLISHED   response
                                      HTTP/1.1 200 OK
    0.625  CLOSE-WAIT   ◀──── FIN,ACK seq=513 ack=77 ────────────── FIN-WAIT-1    close 1 of 4: FIN
    0.750  CLOSE-WAIT   ──── ACK seq=77 ack=514 ──────────────────▶ FIN-WAIT-2    close 2 of 4: ACK
    0.875  LAST-ACK     ──── FIN,ACK seq=77 ack=514 ──────────────▶ TIME-WAIT     close 3 of 4: FIN
    1.000  CLOSED       ◀──── ACK seq=514 ack=78 ────────────────── TIME-WAIT     close 4 of 4: ACK
)";
  CHECK(onlooker.drawing() == expected);
  check_widths(onlooker.drawing());
}

TEST_CASE("The ladder shows a FIN that carries the ACK of the other's FIN as two steps in one", "[ladder]") {
  Onlooker onlooker;
  onlooker.see_handshake();
  onlooker.see(segment(true, "FA", 1, 1));
  onlooker.see(segment(false, "FA", 1, 2));
  onlooker.see(segment(true, "A", 2, 2));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 1 of 4: FIN"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 2+3 of 4"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 4 of 4: ACK"));
  CHECK(onlooker.ladder().states() == LadderStates{State::time_wait, State::closed});
}

TEST_CASE("The ladder follows a simultaneous close through CLOSING", "[ladder][RFC9293-3.6]") {
  Onlooker onlooker;
  onlooker.see_handshake();
  onlooker.see(segment(true, "FA", 1, 1));
  onlooker.see(segment(false, "FA", 1, 1));  // crossed the other: acknowledges nothing of it
  CHECK(onlooker.ladder().states().left == State::closing);
  onlooker.see(segment(true, "A", 2, 2));
  onlooker.see(segment(false, "A", 2, 2));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 3 of 4: FIN"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 4 of 4: ACK"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("close 2 of 4: ACK"));
}

TEST_CASE("The ladder says what was sent again, and what a reset did", "[ladder]") {
  Onlooker onlooker;
  onlooker.see(segment(true, "S", 0, 0));
  onlooker.see(segment(true, "S", 0, 0));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("sent again"));
  SegmentView reset = segment(false, "RA", 0, 1);
  reset.header.seq = Seq{0};  // §3.10.7.1: there is no sequence number of its own to send
  onlooker.see(reset);
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("RST,ACK seq=0 ack=1 ─"));
  CHECK_THAT(onlooker.drawing(), ContainsSubstring("reset"));
  CHECK(onlooker.ladder().states() == LadderStates{State::closed, State::closed});
}

TEST_CASE("The ladder sums up a long run of data and counts segments as the wire carries them", "[ladder]") {
  Onlooker onlooker;
  onlooker.see_handshake();
  std::uint32_t place = 1;
  for (int i = 0; i < 1000; ++i) {
    SegmentView data = segment(false, "A", place, 1, 64'000);
    data.segment_size = 1448;
    onlooker.see(data);
    place += 64'000;
    onlooker.see(segment(true, "A", 1, place));
  }
  const std::string drawing = onlooker.drawing();
  INFO(drawing);
  CHECK(std::ranges::count(drawing, '\n') == 3 + 3 + static_cast<int>(Ladder::plain_run) + 1);
  CHECK_THAT(drawing, ContainsSubstring("⋮  ▶ 997 more, 0 B   ◀ 44865 more, 63.8 MB"));
  check_widths(drawing);
}

TEST_CASE("The ladder keeps to its columns with IPv6 addresses, long numbers and long targets", "[ladder]") {
  const Endpoint left{*IpAddress::parse("2001:db8:1234:5678:9abc:def0:1234:5678"), 65535};
  const Endpoint right{*IpAddress::parse("2001:db8::2"), 65535};
  SegmentView syn = segment(true, "S", 0, 0);
  syn.sockets = {left, right};
  Ladder ladder{Instant{}, syn, "kernel", "handwave"};
  ladder.add(Instant{}, syn, {State::syn_sent, State::syn_received});
  SegmentView data = segment(true, "PA", 4'000'000'000, 4'000'000'000, 65'000, "GET /" + std::string(300, 'x'));
  data.sockets = {left, right};
  ladder.add(Instant{999s}, data, {State::syn_received, State::syn_received});
  check_widths(ladder.draw("Connection 1"));
}

TEST_CASE("A long connection does not make the ladder grow without end", "[ladder]") {
  Onlooker onlooker;
  onlooker.see_handshake();
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    onlooker.see(segment(true, "PA", 1 + i * 10, 1 + i * 10, 10, "GET / HTTP/1.1"));
    onlooker.see(segment(false, "PA", 1 + i * 10, 11 + i * 10, 10, "HTTP/1.1 200 OK"));
  }
  onlooker.see(segment(true, "FA", 100'001, 100'001));
  const std::string drawing = onlooker.drawing();
  CHECK(std::ranges::count(drawing, '\n') < 2 * static_cast<int>(Ladder::max_rungs) + 10);
  CHECK_THAT(drawing, ContainsSubstring("close 1 of 4: FIN"));
}

TEST_CASE("A FIN ahead of lost text does not move the inferred state", "[ladder]") {
  PeerState peer{State::established};
  wire::TcpHeader header;
  header.flags = flags("SA");
  header.seq = Seq{100};
  peer.received(header, 0);
  header.flags = flags("FA");
  header.seq = Seq{111};
  peer.received(header, 0);
  CHECK(peer.state() == State::established);
  header.flags = flags("A");
  header.seq = Seq{101};
  peer.received(header, 10);
  CHECK(peer.state() == State::close_wait);
}
