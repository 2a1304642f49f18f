// RFC 9293 §3.8.6.2: the silly window syndrome, avoided by the sender and by the receiver.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>

#include "tests/support/fixtures.hpp"

namespace handwave::test {
namespace {

using namespace std::chrono_literals;

/// The receiver's buffer is full and its window closed. The MSS in use is 1460.
Conversation with_full_buffer(std::size_t buffer, const InitialNumbers& numbers) {
  Setup setup{.host_isn = numbers.host, .peer_isn = numbers.peer};
  setup.connection.receive_buffer = buffer;
  Conversation c = in_established(setup);
  c.peer.sends(octets(buffer));
  c.host.tick(500ms);
  c.peer.expects(ack().ack(static_cast<std::int64_t>(buffer) + 1).wnd(0));
  c.peer.expects_nothing();
  return c;
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.6.2.1: a sender does not fill windows that open by a little", "[3.8.6.2.1][MUST-38]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const auto nagle = GENERATE(true, false);
  Setup setup{.host_isn = numbers.host, .peer_isn = numbers.peer, .peer_wnd = 4380};
  setup.connection.nagle = nagle;
  Conversation c = in_established(setup);
  REQUIRE(c.host.sends_octets(20'000));
  for (int i = 0; i < 3; ++i) c.peer.expects(octets(1460));
  c.peer.expects_nothing();
  c.peer.sends(ack().wnd(100));
  c.peer.expects_nothing();
  c.peer.sends(ack().wnd(1000));
  c.peer.expects_nothing();
  c.peer.sends(ack().wnd(1460));
  c.peer.expects(octets(1460));
  c.peer.expects_nothing();
}

TEST_CASE("RFC 9293 §3.8.6.2.1: (3) half of the largest window is enough", "[3.8.6.2.1][MUST-38]") {
  Conversation c = in_established({.peer_wnd = 1000});  // never as much as a full segment
  REQUIRE(c.host.sends_octets(5000));
  c.peer.expects(octets(1000));
  c.peer.sends(ack().wnd(499));
  c.peer.expects_nothing();
  c.peer.sends(ack().wnd(500));
  c.peer.expects(octets(500));
}

TEST_CASE("RFC 9293 §3.8.6.2.1: (2) all that is queued is sent if the window takes it", "[3.8.6.2.1][MUST-38]") {
  Conversation c = in_established({.peer_wnd = 65535});
  c.peer.sends(ack().wnd(10));
  REQUIRE(c.host.sends("0123456789"));
  c.peer.expects(data("0123456789").psh());
}

TEST_CASE("RFC 9293 §3.8.6.2.1: (4) the override timeout of 0.1 to 1 s prevents a deadlock",
          "[3.8.6.2.1][MUST-38][MUST-60]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_established({.host_isn = numbers.host, .peer_isn = numbers.peer});
  c.peer.sends(ack().wnd(100));
  REQUIRE(c.host.sends_octets(5000));
  c.host.tick(100ms - 1ns);
  c.peer.expects_nothing();
  c.host.tick(900ms + 1ns);
  c.peer.expects(octets(100).seq(1));
}

TEST_CASE("RFC 9293 §3.8.6.2.2: a receiver keeps the edge where it is until it can move it by a segment",
          "[3.8.6.2.2][MUST-39]") {
  Conversation c = with_full_buffer(10'000, GENERATE(from_range(initial_numbers())));
  CHECK(c.host.receives(100)->size() == 100);
  CHECK(c.host.receives(1359)->size() == 1359);
  c.peer.expects_nothing();
  c.peer.sends(octets(1).seq(10'001));  // a probe shows that the window is closed still
  c.peer.expects(ack().ack(10'001).wnd(0));
  CHECK(c.host.receives(1)->size() == 1);
  c.peer.expects(ack().ack(10'001).wnd(1460));
}

TEST_CASE("RFC 9293 §3.8.6.2.2: or by half of the buffer, where that is less", "[3.8.6.2.2][MUST-39]") {
  Conversation c = with_full_buffer(1000, GENERATE(from_range(initial_numbers())));
  CHECK(c.host.receives(499)->size() == 499);
  c.peer.sends(octets(1).seq(1001));
  c.peer.expects(ack().ack(1001).wnd(0));
  CHECK(c.host.receives(1)->size() == 1);
  c.peer.expects(ack().ack(1001).wnd(500));
}

TEST_CASE("RFC 9293 §3.8.6.2.2: a window that is open moves by whole segments too", "[3.8.6.2.2][MUST-39]") {
  Setup setup;
  setup.connection.receive_buffer = 10'000;
  Conversation c = in_established(setup);
  std::int64_t edge = 10'001;
  for (int i = 0; i < 100; ++i) {
    c.peer.sends(octets(100));
    CHECK(c.host.receives()->size() == 100);
    c.host.tick(100ms);
    for (const TcpPacket& packet : c.peer.ignores_answers()) {
      const std::int64_t offered = c.peer.relative_ack(packet) + packet.wnd;
      CHECK((offered == edge || offered >= edge + 1460));
      edge = offered;
    }
  }
  CHECK(edge > 15'000);
}

}  // namespace handwave::test
