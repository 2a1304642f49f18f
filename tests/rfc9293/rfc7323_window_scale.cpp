// RFC 7323 §2: the window scale option.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("RFC 7323 §2.2: both SYNs must have the option, else no window is scaled",
          "[3.1][RFC7323][7323-2.2-b][7323-2.3-c]") {
  const auto open = GENERATE(Open::passive, Open::active);
  Conversation c = in_established({.open = open, .peer_window_scale = std::nullopt});
  c.peer.sends(ack().wnd(1000));
  CHECK(c.host.status().send_window == 1000);
  c.peer.sends(octets(1460));
  c.peer.sends(octets(1460));
  // A megabyte of buffer, and no way to offer more than the field holds.
  CHECK(c.peer.expects(ack().ack(2921)).wnd >= 65535 - 2920);
  CHECK(c.host.status().receive_window <= 65535);
}

TEST_CASE("RFC 7323 §2.2: a SYN,ACK has the option only if the SYN had it", "[3.1][RFC7323][7323-2.2-b][7323-2.3-a]") {
  Conversation c = in_listen();
  const auto offered = GENERATE(false, true);
  c.peer.sends(offered ? syn().window_scale(3) : syn());
  c.peer.expects(offered ? syn_ack().window_scale(5) : syn_ack().no_window_scale());
}

TEST_CASE("RFC 7323 §2.2: each of our SYNs offers it, and be it with a shift of zero", "[3.1][RFC7323][7323-2.2-a]") {
  Setup setup;
  setup.connection.receive_buffer = 1000;
  Conversation c = in_syn_sent(setup);
  c.host.tick(1s);
  c.peer.expects(syn().window_scale(0));
}

TEST_CASE("RFC 7323 §2.3: windows are shifted by what each end announced",
          "[3.1][RFC7323][MUST-1][7323-2.3-c][7323-2.3-d]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const std::uint8_t shift = GENERATE(std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{7}, std::uint8_t{14});
  Conversation c = in_established({.open = open, .peer_window_scale = shift});
  c.peer.sends(ack().wnd(1000));
  CHECK(c.host.status().send_window == 1000U << shift);
}

TEST_CASE("RFC 7323 §2.2: the window of a segment with SYN is never scaled", "[3.1][RFC7323][7323-2.2-d]") {
  SECTION("the peer's") {
    Conversation c = in_syn_sent();
    c.peer.sends(syn_ack().window_scale(7).wnd(1000));
    CHECK(c.host.status().send_window == 1000);
  }
  SECTION("ours") {
    Conversation c = in_listen({.peer_window_scale = 7});
    c.peer.sends(c.setup.with_options(syn()));
    c.peer.expects(syn_ack().wnd(65535));  // all that the field holds, of a megabyte
  }
}

TEST_CASE("RFC 7323 §2.3: the ACK of a half-open connection has its window shifted", "[3.1][RFC7323][7323-2.3-e]") {
  Conversation c = in_listen({.peer_window_scale = 0});
  c.peer.sends(syn().window_scale(0));
  const TcpPacket first = c.peer.expects(syn_ack().window_scale(5));
  c.peer.sends(data("old").seq(-100).ack(1));  // outside the window
  CHECK(c.peer.expects(ack().ack(1)).wnd == first.wnd >> 5);
}

TEST_CASE("RFC 7323 §2.3: a shift above 14 is taken for 14", "[3.1][RFC7323][7323-2.3-f]") {
  const auto open = GENERATE(Open::passive, Open::active);
  const std::uint8_t shift = GENERATE(std::uint8_t{15}, std::uint8_t{31}, std::uint8_t{200}, std::uint8_t{255});
  Conversation c = in_established({.open = open, .peer_window_scale = shift});
  c.peer.sends(ack().wnd(3));
  CHECK(c.host.status().send_window == 3U << 14);
}

TEST_CASE("RFC 7323 §2.3: the shift that we announce lets the field offer the whole buffer",
          "[3.1][RFC7323][7323-2.3-b][7323-2.3-f]") {
  const auto [buffer, shift] =
      GENERATE(std::pair<std::size_t, std::uint8_t>{1000, 0}, std::pair<std::size_t, std::uint8_t>{65535, 0},
               std::pair<std::size_t, std::uint8_t>{65536, 1}, std::pair<std::size_t, std::uint8_t>{1 << 20, 5},
               std::pair<std::size_t, std::uint8_t>{std::size_t{1} << 32, 14});
  Setup setup{.peer_window_scale = 0};
  setup.connection.receive_buffer = buffer;
  Conversation c = in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  c.peer.expects(syn_ack().window_scale(shift));
}

TEST_CASE("RFC 7323 §2.4: text up to the edge is taken, though the field rounded the window",
          "[3.1][RFC7323][7323-2.3-e][7323-2.4-b][7323-2.4-c]") {
  Setup setup{.peer_window_scale = 0};
  setup.connection.receive_buffer = 100'000;  // a shift of 1
  Conversation c = in_established(setup);
  c.peer.sends(octets(1459));
  c.peer.sends(octets(1462));
  const TcpPacket answer = c.peer.expects(ack().ack(2922));
  const std::size_t offered = std::size_t{answer.wnd} * 2;
  CHECK(c.host.status().receive_window >= offered);
  for (std::size_t left = offered; left > 0; left -= std::min<std::size_t>(left, 1000))
    c.peer.sends(octets(std::min<std::size_t>(left, 1000)));
  CHECK(c.host.receives()->size() == 2921 + offered);
}

}  // namespace handwave::test
