// A peer that reports by SACK over a path whose round trip is known: where loss recovery begins.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "tests/support/fixtures.hpp"

namespace handwave::test {

/// ESTABLISHED, opened by the peer, its window scaled; the handshake took `round_trip`, so that it is measured.
inline Conversation with_sack_peer(Duration round_trip, bool timestamps = false) {
  const auto numbers = GENERATE(from_range(initial_numbers()));
  Conversation c = in_syn_received({.host_isn = numbers.host,
                                    .peer_isn = numbers.peer,
                                    .peer_window_scale = 7,
                                    .peer_sack = true,
                                    .peer_timestamps = timestamps});
  c.host.tick(round_trip);
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  c.peer.sends(ack());
  return c;
}

}  // namespace handwave::test
