// The test kit's fixtures: every state is reached from either side, over either family, at awkward sequence numbers.
#include "tests/support/fixtures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

namespace handwave::test {

TEST_CASE("test kit: every state is reached over IPv4 and IPv6, by passive and active OPEN, wherever the numbers begin",
          "[support]") {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  const Open open = GENERATE(Open::passive, Open::active);
  const auto family = GENERATE(IpAddress::Family::v4, IpAddress::Family::v6);
  const bool options = GENERATE(false, true);
  for (std::size_t i = 0; i < tcp::state_count; ++i) {
    const auto state = static_cast<tcp::State>(i);
    Setup setup;
    setup.open = open;
    setup.family = family;
    setup.host_isn = numbers.host;
    setup.peer_isn = numbers.peer;
    setup.peer_timestamps = setup.peer_sack = options;
    if (options) setup.peer_window_scale = 7;
    Conversation c = in_state(state, setup);
    CHECK(tcp::to_string(c.host.state()) == tcp::to_string(state));
    if (c.peer.next_ack() != 0) CHECK(c.peer.host_isn() == numbers.host);
  }
}

TEST_CASE("test kit: a text goes each way and both ends close", "[support]") {
  Conversation c = in_established();
  c.peer.sends(data("hello"));
  c.host.expects_event(&Event::readable);
  CHECK(c.host.receives() == "hello");
  c.host.tick(std::chrono::milliseconds{500});
  c.peer.expects(ack().seq(1).ack(6));
  REQUIRE(c.host.sends("good bye"));
  c.peer.expects(data("good bye").seq(1).ack(6).psh());
  c.peer.sends(ack());
  c.peer.expects_nothing();
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(9));
  c.peer.sends(fin());
  c.peer.expects(ack().seq(10).ack(7));
  c.host.expects_event(&Event::peer_closed);
  CHECK(tcp::to_string(c.host.state()) == "TIME-WAIT");
  c.host.tick(c.setup.config.msl * 2 + std::chrono::seconds{1});
  CHECK(tcp::to_string(c.host.state()) == "LISTEN");
}

}  // namespace handwave::test
