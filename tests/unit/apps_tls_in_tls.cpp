// TLS over TLS over TCP, as through a proxy that speaks HTTPS itself: a TlsOver asks no more of its transport than what
// every stream of octets has.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>

#include "apps/tls_stream_definitions.hpp"
#include "tests/support/sockets_world.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

using Tunnel = TlsStream;
using TlsInTls = TlsOver<Tunnel>;
static_assert(ByteStream<TlsInTls>);

struct Tunnelled {
  Tunnelled() {
    auto listener = world.server.sockets->listen({*IpAddress::parse("192.0.2.2"), 443});
    REQUIRE(listener);
    world.server.sockets->start(echo(*std::move(listener)));
    world.client.sockets->start(talk());
    world.settle();
  }

  /// Sends back what comes, until the inner close_notify.
  Task<void> echo(Listener listener) {
    Sockets& sockets = *world.server.sockets;
    auto transport = co_await listener.accept();
    auto first = co_await transport->read();
    Tunnel tunnel{sockets, *std::move(transport), server_context, *std::move(first)};
    if (!co_await tunnel.handshake({})) co_return;
    auto hello = co_await tunnel.read();
    TlsInTls stream{sockets, std::move(tunnel), server_context, *std::move(hello)};
    if (!co_await stream.handshake({})) co_return;
    while (true) {
      auto octets = co_await stream.read();
      if (!octets) co_return;
      if (octets->empty()) break;
      if (!co_await stream.write(*std::move(octets))) co_return;
    }
    server_saw_the_end = true;
    (void)co_await finish_sending(stream);
  }

  Task<void> talk() {
    Sockets& sockets = *world.client.sockets;
    auto transport = co_await sockets.connect({*IpAddress::parse("192.0.2.2"), 443});
    Tunnel tunnel{sockets, *std::move(transport), client_context, "192.0.2.2"};
    if (!co_await tunnel.handshake({})) co_return;
    TlsInTls stream{sockets, std::move(tunnel), client_context, "192.0.2.2"};
    const auto shaken = co_await stream.handshake({});
    if (!shaken) co_return;
    (void)co_await stream.write(test::octets(sent));
    (void)co_await finish_sending(stream);
    while (true) {
      const auto octets = co_await stream.read();
      if (!octets) co_return;
      if (octets->empty()) break;
      received.append(reinterpret_cast<const char*>(octets->bytes().data()), octets->size());
    }
    // The inner stream ended by itself; the tunnel then, and TCP below it.
    const auto outer = co_await stream.transport().read();
    client_saw_both_ends = outer && outer->empty();
  }

  test::SocketsWorld world;
  tls::ServerContext server_context{test::server_options()};
  tls::ClientContext client_context{test::client_options()};
  const std::string sent = std::string(40'000, 'a') + std::string(40'000, 'b');
  std::string received;
  bool server_saw_the_end = false;
  bool client_saw_both_ends = false;
};

}  // namespace

TEST_CASE("TLS stands on any stream of octets, on TLS too, and closes layer by layer", "[tls]") {
  const Tunnelled f;
  CHECK(f.received == f.sent);
  CHECK(f.server_saw_the_end);
  CHECK(f.client_saw_both_ends);
}
