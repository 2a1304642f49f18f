// The ladder of a real exchange between two of our stacks: every segment as the stacks make it, states as they say.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <utility>

#include "apps/in_process.hpp"
#include "apps/ladder_observer.hpp"
#include "tests/support/sockets_world.hpp"

using namespace handwave;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("Two of our stacks: from SYN to TIME-WAIT, and always the same", "[ladder][RFC9293-3.5][RFC9293-3.6]") {
  const std::string drawing = draw_in_process();
  INFO(drawing);
  CHECK(drawing == draw_in_process());
  std::size_t at = 0;
  for (const std::string_view next :
       {"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "handshake 1 of 3", "handshake 2 of 3", "handshake 3 of 3",
        "GET / HTTP/1.1", "FIN-WAIT-1    close 1 of 4: FIN", "HTTP/1.1 200 OK", "CLOSE-WAIT",
        "FIN-WAIT-2    close 2 of 4: ACK", "LAST-ACK", "TIME-WAIT     close 3 of 4: FIN", "CLOSED",
        "TIME-WAIT     close 4 of 4: ACK"}) {
    at = drawing.find(next, at);
    INFO(next);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("Two of our stacks: HTTPS from SYN to TIME-WAIT, with every message of TLS 1.3", "[ladder][tls][RFC8446-2]") {
  const std::string drawing = draw_https_in_process(KeyExchange::ephemeral);
  INFO(drawing);
  std::size_t at = 0;
  for (const std::string_view next :
       {"handshake 3 of 3", "ClientHello: TLS 1.3 or 1.2", "ServerHello: TLS 1.3",
        "{EncryptedExtensions}: ALPN http/1.1", "{Certificate}: 1 certificate",
        "{CertificateVerify}: signed with ecdsa_secp256r1_sha256", "{Finished}", "{Finished}", "GET / HTTP/1.1",
        "request", "FIN-WAIT-1    close 1 of 4: FIN", "HTTP/1.1 200 OK", "response", "TLS close 1 of 2",
        "FIN-WAIT-2    close 2 of 4: ACK", "LAST-ACK", "TLS close 2 of 2", "TIME-WAIT     close 4 of 4: ACK"}) {
    INFO(next);
    at = drawing.find(next, at);
    REQUIRE(at != std::string::npos);
    at += next.size();
  }
}

TEST_CASE("Two of our stacks: HTTPS as the textbooks draw it, with every message of TLS 1.2 and static RSA",
          "[ladder][tls][RFC5246-7.3]") {
  const std::string drawing = draw_https_in_process(KeyExchange::static_rsa);
  INFO(drawing);
  std::size_t at = 0;
  for (const std::string_view next :
       {"handshake 3 of 3", "ClientHello: TLS 1.2", "ServerHello: TLS 1.2", "Certificate: 1 certificate",
        "ServerHelloDone", "ClientKeyExchange: PreMasterSecret, encrypted to the certificate", "ChangeCipherSpec",
        "[Finished]", "ChangeCipherSpec", "[Finished]", "GET / HTTP/1.1", "FIN-WAIT-1    close 1 of 4: FIN",
        "HTTP/1.1 200 OK", "TLS close 1 of 2", "FIN-WAIT-2    close 2 of 4: ACK", "LAST-ACK", "TLS close 2 of 2",
        "TIME-WAIT     close 4 of 4: ACK"}) {
    INFO(next);
    at = drawing.find(next, at);
    REQUIRE(at != std::string::npos);
    at += next.size();
  }
}

namespace {

/// A wire on which one observer sees what one host receives and sends.
struct WatchedWorld : test::SocketsWorld {
  std::string drawings;
  LadderObserver observer{server.stack, "peer", [this](std::string_view drawing) { drawings += drawing; }};

  void run() {
    for (bool any = true; std::exchange(any, false);) {
      for (test::SocketsHost* const host : {&client, &server})
        while (const auto event = host->stack.poll_event()) host->sockets->handle(now, *event);
      std::vector<std::uint8_t> bytes;
      while (const OutgoingPacket* packet = client.stack.poll_transmit(now)) {
        any = true;
        for (wire::Segmentation pieces{*packet}; pieces.next(bytes);) {
          const IncomingPacket incoming{.bytes = Slice::copy_of(bytes)};
          server.stack.receive(now, incoming);
          observer.received(now, incoming);
        }
      }
      while (const OutgoingPacket* packet = server.stack.poll_transmit(now)) {
        any = true;
        observer.sending(now, *packet);
        for (wire::Segmentation pieces{*packet}; pieces.next(bytes);) client.stack.receive(now, Bytes{bytes});
      }
    }
  }
};

Task<void> open_and_close(Sockets& sockets, bool abort) {
  auto stream = co_await sockets.connect({IpAddress::v4(192, 0, 2, 2), 80});
  if (!stream) co_return;
  if (abort) co_return stream->abort();
}

Task<void> accept_and_read(Listener& listener) {
  auto stream = co_await listener.accept();
  if (stream) (void)co_await stream->read();
}

}  // namespace

TEST_CASE("An observer at one end infers the other end's states", "[ladder]") {
  WatchedWorld world;
  auto listener = world.server.sockets->listen({IpAddress{}, 80});
  REQUIRE(listener);
  world.server.sockets->start(accept_and_read(*listener));
  world.client.sockets->start(open_and_close(*world.client.sockets, false));
  world.run();
  INFO(world.drawings);
  CHECK_THAT(world.drawings, ContainsSubstring("=== Connection 1 ==="));
  CHECK_THAT(world.drawings, ContainsSubstring("FIN-WAIT-1"));
  CHECK_THAT(world.drawings, ContainsSubstring("CLOSE-WAIT    close 2 of 4: ACK"));
  CHECK_THAT(world.drawings, ContainsSubstring("LAST-ACK      close 3 of 4: FIN"));
  CHECK_THAT(world.drawings, ContainsSubstring("TIME-WAIT    ──── ACK seq=2 ack=2"));
  CHECK(world.drawings.ends_with("CLOSED        close 4 of 4: ACK\n\n"));
}

TEST_CASE("A connection that is reset, and one that is refused, are drawn too", "[ladder]") {
  WatchedWorld world;
  auto listener = world.server.sockets->listen({IpAddress{}, 80});
  REQUIRE(listener);
  world.server.sockets->start(accept_and_read(*listener));
  world.client.sockets->start(open_and_close(*world.client.sockets, true));
  world.run();
  CHECK(world.drawings.ends_with("CLOSED        reset\n\n"));
  {
    const Listener gone = *std::move(listener);
  }
  world.drawings.clear();
  world.client.sockets->start(open_and_close(*world.client.sockets, false));
  world.run();
  INFO(world.drawings);
  CHECK_THAT(world.drawings, ContainsSubstring("=== Connection 2 ==="));
  CHECK(world.drawings.ends_with("CLOSED        reset\n\n"));
}
