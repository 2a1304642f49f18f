// TLS handshakes over TCP through the gate, in a world where every turn takes a second: whose time passes meanwhile.
#include <catch2/catch_test_macros.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/tls_stream.hpp"
#include "tests/support/sockets_world.hpp"
#include "tests/support/tls_identities.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

struct Handshakes {
  explicit Handshakes(const HandshakeLimits& limits) : gate(*world.server.sockets, limits) {
    auto listener = world.server.sockets->listen({*IpAddress::parse("192.0.2.2"), 443});
    REQUIRE(listener);
    world.server.sockets->start(serve(*std::move(listener)));
  }
  Task<void> serve(Listener listener) {
    while (true) {
      auto transport = co_await listener.accept();
      if (!transport) co_return;
      world.server.sockets->start(answer(*std::move(transport)));
    }
  }
  Task<void> answer(Stream transport) {
    const Instant deadline = world.now + gate.limits().time;
    auto first = co_await transport.read();
    TlsStream stream{*world.server.sockets, std::move(transport), server_context, *std::move(first)};
    const auto shaken = co_await stream.handshake(deadline, &gate);
    ends.push_back(shaken ? std::error_code{} : shaken.error());
  }
  /// Shakes hands as fast as it can, or says no more than a ClientHello.
  Task<void> call(bool whole) {
    auto transport = co_await world.client.sockets->connect({*IpAddress::parse("192.0.2.2"), 443});
    TlsStream stream{*world.client.sockets, *std::move(transport), client_context, "192.0.2.2"};
    (void)co_await stream.handshake(whole ? std::optional<Instant>{} : world.now);
    co_await world.client.sockets->sleep_for(1h);
  }
  void turn() {
    world.now += 1s;
    world.settle();
  }

  test::SocketsWorld world;
  tls::ServerContext server_context{test::server_options()};
  tls::ClientContext client_context{test::client_options()};
  HandshakeGate gate;
  std::vector<std::error_code> ends;
};

}  // namespace

TEST_CASE("What a handshake waits for its turn is not the client's time", "[tls][gate]") {
  Handshakes f{{.time = 3s, .steps_a_turn = 1}};
  for (int i = 0; i < 10; ++i) f.world.client.sockets->start(f.call(true));
  f.world.settle();
  for (int i = 0; i < 19; ++i) {  // two steps each, one a turn
    CHECK(f.ends.size() < 10);
    f.turn();
  }
  CHECK(f.ends == std::vector<std::error_code>(10));
}

TEST_CASE("What the server waits for the client is, however long either waits for the gate", "[tls][gate]") {
  Handshakes f{{.time = 3s, .steps_a_turn = 1}};
  for (int i = 0; i < 4; ++i) f.world.client.sockets->start(f.call(false));
  f.world.settle();
  for (int i = 0; i < 5; ++i) f.turn();
  CHECK(f.ends.size() == 3);  // they had their turn after 0, 1 and 2 s
  f.turn();
  CHECK(f.ends == std::vector(4, std::make_error_code(std::errc::timed_out)));
}
