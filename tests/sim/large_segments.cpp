// Segments of 64 KiB, of which a buffer holds few: RFC 9293 §3.7.4 (Nagle), §3.8.6.2 (silly windows), §3.8.6.3 (delayed
// ACKs).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/sim/pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("delayed ACK and Nagle and a 64 KiB MSS do not stall each other", "[sim][regression]") {
  const std::size_t buffer =
      GENERATE(std::size_t{65'535}, std::size_t{100'000}, std::size_t{140'000}, std::size_t{1} << 20);
  const std::size_t write_size = GENERATE(std::size_t{0}, std::size_t{10'000}, std::size_t{70'000});
  PairOptions options{.impairments = "delay=1ms"};
  options.config.mtu = 65'535;
  options.connection.receive_buffer = buffer;
  options.connection.send_buffer = buffer;
  Pair pair(1, options);
  const auto [near, far] = pair.converse({.octets = 2'000'000, .write_size = write_size}, {.wait_for_peer = true});
  INFO("a buffer of " << buffer << ", written by " << write_size);
  CHECK(far.received == 2'000'000);
  // A round trip is 2 ms and carries a buffer. Were each to wait for a delayed ACK, it would be 40 ms more.
  const auto round_trips = static_cast<std::int64_t>(2'000'000 / buffer) + 10;
  CHECK((near.ended - near.opened) / 1ms < 10 * round_trips);
}

}  // namespace handwave::sim
