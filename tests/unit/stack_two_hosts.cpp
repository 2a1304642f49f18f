// Two stacks joined by a wire of memory: the whole life of a connection, RFC 9293 §3.5 to §3.6.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "stack/stack.hpp"
#include "stack/wire/segmentation.hpp"

using namespace handwave;
using namespace std::chrono_literals;

namespace {

StackConfig config_with(const char* address) {
  StackConfig config;
  config.addresses = {*AddressPrefix::parse(address)};
  return config;
}

/// Two hosts and a wire that loses nothing and takes no time.
struct TwoHosts {
  Instant now = Instant{} + 1h;
  Stack client{config_with("192.0.2.1/24"), secret_from_seed(1)};
  Stack server{config_with("192.0.2.2/24"), secret_from_seed(2)};

  bool carry(Stack& from, Stack& to) {
    bool any = false;
    std::vector<std::uint8_t> bytes;
    while (const OutgoingPacket* packet = from.poll_transmit(now)) {
      for (wire::Segmentation cut{*packet}; cut.next(bytes);) to.receive(now, Bytes{bytes});
      any = true;
    }
    return any;
  }
  void settle() {
    while (static_cast<int>(carry(client, server)) + static_cast<int>(carry(server, client)) > 0) {
    }
  }
  void wait(Duration time) {
    const Instant end = now + time;
    settle();
    for (;;) {
      auto next = std::min(client.poll_timeout().value_or(end), server.poll_timeout().value_or(end));
      if (next >= end) break;
      now = std::max(now, next);
      client.handle_timeout(now);
      server.handle_timeout(now);
      settle();
    }
    now = end;
    client.handle_timeout(now);
    server.handle_timeout(now);
    settle();
  }
};

}  // namespace

TEST_CASE("RFC 9293 §3.5, §3.6: a connection opens, carries octets both ways, and closes normally",
          "[stack][MUST-13]") {
  TwoHosts net;
  const auto listener = net.server.listen({IpAddress{}, 80});
  REQUIRE(listener);
  const auto client = net.client.connect(net.now, {IpAddress::v4(192, 0, 2, 2), 80});
  REQUIRE(client);
  net.settle();
  const auto server = net.server.accept(*listener);
  REQUIRE(server);
  CHECK(net.client.status(*client)->state == tcp::State::established);
  CHECK(net.server.status(*server)->state == tcp::State::established);

  const std::string text(3'000'000, 'x');
  std::size_t sent = 0;
  std::size_t received = 0;
  while (received < text.size()) {
    if (sent < text.size()) sent += net.client.send(net.now, *client, as_bytes(text).subspan(sent)).value_or(0);
    net.settle();
    for (auto got = net.server.receive(net.now, *server); got && !got->empty();
         got = net.server.receive(net.now, *server))
      received += got->size();
    net.wait(10ms);
  }
  CHECK(received == text.size());

  REQUIRE(net.client.close(net.now, *client));
  net.settle();
  CHECK(net.client.status(*client)->state == tcp::State::fin_wait_2);
  CHECK(net.server.status(*server)->state == tcp::State::close_wait);
  CHECK(net.server.receive(net.now, *server)->empty());
  const FourTuple sockets = net.client.status(*client)->sockets;
  REQUIRE(net.server.close(net.now, *server));
  net.settle();
  CHECK(net.client.state_of(sockets) == tcp::State::time_wait);
  CHECK(net.server.state_of(sockets.reversed()) == tcp::State::listen);
  net.wait(239s);
  CHECK(net.client.state_of(sockets) == tcp::State::time_wait);
  net.wait(2s);
  CHECK(net.client.state_of(sockets) == tcp::State::closed);
}

TEST_CASE("RFC 9293 §3.8.6.3: a small segment is acknowledged once its time is over", "[stack][MUST-40]") {
  TwoHosts net;
  const auto listener = net.server.listen({IpAddress{}, 80});
  const auto client = net.client.connect(net.now, {IpAddress::v4(192, 0, 2, 2), 80});
  net.settle();
  REQUIRE(net.server.accept(*listener));
  REQUIRE(net.client.send(net.now, *client, as_bytes("a little text")) == 13);
  net.settle();
  CHECK(net.client.status(*client)->awaiting_acknowledgment == 13);
  net.now += 499ms;  // nobody polled the server meanwhile: its timer is late, and fires once
  net.server.handle_timeout(net.now);
  net.settle();
  CHECK(net.client.status(*client)->awaiting_acknowledgment == 0);
}
