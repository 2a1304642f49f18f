// Urgent text on its way to a device: RFC 9293 §3.8.5 beside segmentation offload.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "stack/stack.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/segmentation.hpp"
#include "stack/wire/tcp.hpp"

using namespace handwave;
using namespace std::chrono_literals;

namespace {

Stack host(const char* address, std::uint64_t seed) {
  StackConfig config;
  config.addresses = {AddressPrefix::parse(address).value()};
  return {config, secret_from_seed(seed)};
}

/// What one host sent the other in a turn.
struct Turn {
  int urgent = 0;          ///< packets with the URG bit
  int urgent_and_cut = 0;  ///< of these, super-segments
  int super_segments = 0;
};

Turn carry(Instant now, Stack& from, Stack& to) {
  Turn turn;
  std::vector<std::uint8_t> piece;
  while (const OutgoingPacket* packet = from.poll_transmit(now)) {
    const bool cut = packet->segment_size != 0 && packet->payload_size() > packet->segment_size;
    const auto tcp = wire::parse_tcp(packet->header().subspan(wire::ipv4_header_size));
    REQUIRE(tcp);
    turn.super_segments += cut ? 1 : 0;
    turn.urgent += tcp->header.flags.urg ? 1 : 0;
    turn.urgent_and_cut += tcp->header.flags.urg && cut ? 1 : 0;
    for (wire::Segmentation segmentation(*packet); segmentation.next(piece);) to.receive(now, Bytes(piece));
  }
  return turn;
}

}  // namespace

TEST_CASE("RFC 9293 §3.8.5: urgent text is not put into super-segments, which devices cut with one urgent pointer",
          "[stack][MUST-30][MUST-62]") {
  Instant now = Instant{} + 1h;
  Stack client = host("192.0.2.1/24", 1);
  Stack server = host("192.0.2.2/24", 2);
  const auto settle = [&] {
    for (int turn = 0; turn < 10; ++turn) {
      carry(now, client, server);
      carry(now, server, client);
      now += 100ms;  // delayed ACKs
      client.handle_timeout(now);
      server.handle_timeout(now);
    }
  };
  const auto listener = server.listen({IpAddress{}, 80});
  REQUIRE(listener);
  const auto connection = client.connect(now, {IpAddress::v4(192, 0, 2, 2), 80});
  REQUIRE(connection);
  settle();
  const auto accepted = server.accept(*listener);
  REQUIRE(accepted);

  const std::string text(12000, 'x');
  REQUIRE(client.send(now, *connection, as_bytes(text)) == text.size());
  const Turn calm = carry(now, client, server);
  CHECK(calm.super_segments > 0);
  CHECK(calm.urgent == 0);
  settle();

  REQUIRE(client.send_urgent(now, *connection, as_bytes(text)) == text.size());
  const Turn urgent = carry(now, client, server);
  CHECK(urgent.urgent > 1);
  CHECK(urgent.urgent_and_cut == 0);
  CHECK(server.status(*accepted)->urgent_pending > 0);
  settle();

  REQUIRE(client.status(*connection)->awaiting_acknowledgment == 0);
  REQUIRE(client.send(now, *connection, as_bytes(text)) == text.size());
  const Turn after = carry(now, client, server);
  CHECK(after.super_segments > 0);
  CHECK(after.urgent == 0);
}
