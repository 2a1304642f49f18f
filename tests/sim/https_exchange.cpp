// The whole of HTTPS in virtual time: HTTP over TLS over TCP, through bad networks, to the end that is due.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/secure_web.hpp"
#include "tests/support/record_forge.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// After the handshake, goes past TLS with octets of its own, and hears what the server makes of them.
Task<void> forge(SecureWeb& web, std::string octets, std::error_code& heard) {
  auto transport = co_await web.near.sockets.connect({web.server.v4(), https_port});
  if (!transport) co_return;
  TlsStream stream{web.near.sockets, *std::move(transport), web.context, "192.0.2.2"};
  if (!co_await stream.handshake(web.near.sockets.now() + 1min)) co_return;
  if (!co_await stream.transport().write(as_bytes(octets))) co_return;
  const auto answer = co_await stream.read(SIZE_MAX, web.near.sockets.now() + 1min);
  if (!answer) heard = answer.error();
}

}  // namespace

TEST_CASE("sim: pages are served whole by HTTPS over TCP, whatever the network does", "[sim][https]") {
  const char* impairments = GENERATE(
      "delay=10ms", "loss=5%,reorder=5%,duplicate=2%,corrupt=0.5%,delay=20ms,jitter=10ms", "delay=30ms,rate=2mbit");
  const tls::Version highest = GENERATE(tls::Version::tls1_2, tls::Version::tls1_3);
  for (const std::uint64_t seed : seeds(2)) {
    SecureWeb web(seed, impairments, {}, highest);
    std::vector<Visit> visits(6);
    for (Visit& result : visits) web.near.sockets.start(visit(web, {1024, 0, 100'000, 1}, result));
    if (!web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 30min))
      web.world.fail("the visitors are not done");
    for (const Visit& result : visits) {
      INFO("seed " << seed << ", " << impairments << ", " << name_of(highest) << ": " << result.trouble);
      CHECK(result.pages_right == 4);
      CHECK(result.resumed == 3);
    }
    CHECK(web.https.statistics.full == 6);
    CHECK(web.https.statistics.resumed == 18);
    check_nothing_is_left(web);
  }
}

TEST_CASE("sim: one seed decides every octet of HTTPS on the wire", "[sim][https]") {
  const auto wire = [](std::uint64_t seed) {
    SecureWeb web(seed, "loss=3%,reorder=3%,delay=20ms,jitter=5ms");
    std::string seen;
    web.world.observe([&](Node&, const test::TcpPacket& packet) { seen += packet.text + '|'; });
    Visit result;
    web.near.sockets.start(visit(web, {1024, 100'000}, result));
    CHECK(web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 30min));
    CHECK(result.pages_right == 2);
    return seen;
  };
  const std::string first = wire(7);
  CHECK(first.size() > 100'000);
  CHECK((first == wire(7)));  // not for a terminal to show
  CHECK((first != wire(8)));
}

TEST_CASE("sim: a forged record ends the connection, and the alert that says so arrives (RFC 8446 §6.2)",
          "[sim][https]") {
  const tls::Version highest = GENERATE(tls::Version::tls1_2, tls::Version::tls1_3);
  SecureWeb web(1, "delay=10ms,loss=10%", {}, highest);
  std::error_code heard;
  web.near.sockets.start(forge(web, std::string{"\x17\x03\x03\x00\x40", 5} + std::string(64, 'x'), heard));
  CHECK(web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 1min));
  constexpr std::uint8_t bad_record_mac = 20;
  CHECK(heard == tls::alert_received(bad_record_mac));
  check_nothing_is_left(web);
}

TEST_CASE("sim: RFC 8446 §6.2: the alert that ends an open session arrives", "[sim][https][RFC8446]") {
  SecureWeb web(1, "delay=10ms");
  std::error_code end;
  const auto forge = [&]() -> Task<void> {
    auto transport = co_await web.near.sockets.connect({web.server.v4(), https_port});
    TlsStream stream{web.near.sockets, *std::move(transport), web.context, "192.0.2.2"};
    const auto shaken = co_await stream.handshake(web.near.sockets.now() + 10s);
    CHECK(shaken.has_value());
    const std::string record = std::string{"\x17\x03\x03\x00\x20", 5} + std::string(32, 'x');
    // More is on its way to the server when it refuses.
    for (int i = 0; i < 3; ++i) {
      (void)co_await stream.transport().write(as_bytes(record));
      co_await web.near.sockets.sleep_for(5ms);
    }
    const auto read = co_await stream.read();
    if (!read) end = read.error();
  };
  web.near.sockets.start(forge());
  web.world.run_for(10s);
  CHECK(end == tls::alert_received(20));  // bad_record_mac
  check_nothing_is_left(web);
}

TEST_CASE("sim: RFC 5246 §7.2.2: a client that asks to renegotiate is told at once that it cannot",
          "[sim][https][RFC5246]") {
  std::vector<std::string> key_log;
  SecureWeb web(1, "delay=10ms", {}, tls::Version::tls1_2, [&](std::string_view line) { key_log.emplace_back(line); });
  std::string answer;
  const auto renegotiate = [&]() -> Task<void> {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
    test::TlsEnd client{web.context, "192.0.2.2", nullptr};
    client.shake({});
    std::vector<std::uint8_t> hello;
    while (!client.session.established()) {
      const std::vector<std::uint8_t> flight = client.take();
      (void)co_await stream->write(Bytes{flight});
      const auto got = co_await stream->read(SIZE_MAX, web.near.sockets.now() + 1s);
      if (!got || got->empty()) co_return;
      if (hello.empty()) hello.assign(got->bytes().begin(), got->bytes().end());
      client.shake(got->bytes());
    }
    // ServerHello: its random stands after the headers of record and message, and the version.
    auto forge = test::RecordForge::tls1_2(key_log, Bytes{hello}.subspan(5 + 4 + 2, 32), test::From::client);
    const std::vector<std::uint8_t> again =
        forge.protect(test::Content::handshake, std::vector<std::uint8_t>{1, 0, 0, 0});
    (void)co_await stream->write(Bytes{again});
    const auto got = co_await stream->read(SIZE_MAX, web.near.sockets.now() + 1s);
    if (got) answer = as_text(got->bytes());
  };
  web.near.sockets.start(renegotiate());
  web.world.run_for(5s);
  CHECK(answer.size() == 5 + 2 + 16);  // header, alert, tag
  CHECK(answer.starts_with("\x15\x03\x03"));
  check_nothing_is_left(web);
}

TEST_CASE("sim: RFC 8446 §5.5: a response that wears out its key ends in an alert and a FIN, not in a reset",
          "[sim][https][RFC8446]") {
  SecureWeb web(1, "delay=10ms");
  const auto identity = test::server_identity(tls::CertificateRequest::Key::rsa_2048);
  // Static RSA has AES-GCM chosen, which ChaCha20-Poly1305 would be before.
  web.https.context = tls::ServerContext{
      {.identities = {identity}, .teach_static_rsa = true, .random = web.random, .records_per_key = 12}};
  web.context =
      tls::ClientContext{{.authorities = test::authorities(), .teach_static_rsa = true, .random = web.random}};
  Visit small;
  web.near.sockets.start(visit(web, {1024}, small));
  web.world.run_for(5s);
  CHECK(small.pages_right == 1);
  Visit large;
  web.near.sockets.start(visit(web, {100'000}, large));
  web.world.run_for(5s);
  CHECK(large.trouble == "fetch: TLS failed: the peer refused with the alert internal_error (80)");
  CHECK(web.server.count(Counter::tcp_resets_sent) == 0);
  CHECK(web.client.count(Counter::tcp_resets_sent) == 0);
  check_nothing_is_left(web);
}

TEST_CASE("sim: a flight that fits one segment leaves in one", "[sim][https]") {
  const tls::Version highest = GENERATE(tls::Version::tls1_2, tls::Version::tls1_3);
  SecureWeb web(1, "delay=10ms", {}, highest);
  std::string sizes;  // of the segments with text: < the server's, > the client's
  web.world.observe([&](Node& from, const test::TcpPacket& packet) {
    if (!packet.text.empty()) sizes += (&from == &web.server ? '<' : '>') + std::to_string(packet.text.size()) + ' ';
  });
  const auto shake_hands = [&]() -> Task<void> {
    auto transport = co_await web.near.sockets.connect({web.server.v4(), https_port}, {.connection = {.nagle = false}});
    TlsStream stream{web.near.sockets, *std::move(transport), web.context, "192.0.2.2"};
    const auto shaken = co_await stream.handshake(web.near.sockets.now() + 1min);
    CHECK(shaken.has_value());
    co_await web.near.sockets.sleep_for(1s);
  };
  web.near.sockets.start(shake_hands());
  web.world.run_for(500ms);
  // ClientHello; ServerHello to Finished, or to ServerHelloDone; the client's answer; the server's Finished and a
  // ticket.
  std::string order = sizes;
  std::erase_if(order, [](char c) { return c >= '0' && c <= '9'; });
  INFO(sizes);
  CHECK(order == "> < > < ");
  check_nothing_is_left(web);
}

}  // namespace handwave::sim
