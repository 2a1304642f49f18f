#include "tests/sim/secure_web.hpp"

#include <catch2/catch_test_macros.hpp>
#include <utility>

#include "apps/fetch.hpp"
#include "apps/services.hpp"
#include "tests/determinism/cryptography.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/segment.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

/// Octets decided by the world's seed.
tls::Random seeded_random(std::uint64_t seed) {
  return [dice = test::Dice{seed}](tls::MutableBytes into) mutable {
    for (std::uint8_t& octet : into) octet = dice.any<std::uint8_t>();
  };
}

/// Before anything draws on it: cryptography and its clock begin anew, too.
std::uint64_t begin(std::uint64_t seed) {
  test::reseed_cryptography(seed);
  test::set_cryptography_time(today);
  return seed;
}

}  // namespace

Credentials credentials(const tls::Random& random) {
  const tls::CertificateRequest request{.common_name = "test",
                                        .names = {"192.0.2.2"},
                                        .not_before = std::chrono::sys_days{2020y / 1 / 1},
                                        .not_after = std::chrono::sys_days{2099y / 1 / 1}};
  const auto made = tls::make_self_signed(request, random);
  return {*tls::Identity::from_pem(made->certificate, made->key), *tls::Authorities::from_pem(made->certificate)};
}

SecureWeb::SecureWeb(std::uint64_t seed, std::string_view impairments, const HandshakeLimits& limits,
                     tls::Version highest, tls::KeyLog key_log)
    : world(begin(seed)),
      random(seeded_random(seed)),
      proof(credentials(random)),
      client(world.add("client")),
      server(world.add("server")),
      near(client.run<CoroutineHost>(client)),
      far(server.run<CoroutineHost>(server)),
      https(http, tls::ServerContext{{.identities = {proof.identity}, .key_log = std::move(key_log), .random = random}},
            limits),
      context({.authorities = proof.authorities, .highest = highest, .random = random}) {
  world.join(client, server, impairments);
  for (const std::size_t size : {0U, 1U, 1024U, 100'000U})
    files.add("page" + std::to_string(size), test::pattern_text(size, size), today - 24h);
  auto listener = far.sockets.listen({server.v4(), https_port}, {.connection = {.nagle = false}});
  if (!listener) world.fail("listen: " + listener.error().message());
  far.sockets.start(accept_each(far.sockets, *std::move(listener),
                                [this](Stream stream) { return serve_https(https, std::move(stream)); }));
}

Task<void> visit(SecureWeb& web, std::vector<std::size_t> sizes, Visit& result) {
  std::shared_ptr<const tls::Resumption> resumption;
  for (const std::size_t size : sizes) {
    auto transport = co_await web.near.sockets.connect({web.server.v4(), https_port}, {.connection = {.nagle = false}});
    if (!transport) {
      result.trouble = "connect: " + transport.error().message();
      co_return;
    }
    TlsStream stream{web.near.sockets, *std::move(transport), web.context, "192.0.2.2", resumption.get()};
    if (const auto shaken = co_await stream.handshake(web.near.sockets.now() + 2min); !shaken) {
      result.trouble = "handshake: " + shaken.error().message() + ": " + stream.session().failure();
      co_return;
    }
    result.resumed += stream.session().resumed() ? 1 : 0;
    const auto url = http::parse_url("https://192.0.2.2/page" + std::to_string(size));
    std::string body;
    const BodySink sink = [&](const FetchedHead&, std::string_view octets) {
      body += octets;
      return true;
    };
    const auto head = co_await fetch(web.near.sockets, stream, *url, sink);
    if (!head) {
      result.trouble = "fetch: " + head.error().sentence;
      co_return;
    }
    if (head->status == 200 && body == test::pattern_text(size, size)) ++result.pages_right;
    resumption = stream.session().resumption();
    // The server has closed its side: its close_notify, and not its FIN, is the end of the stream.
    const auto rest = co_await stream.read(SIZE_MAX, web.near.sockets.now() + 2min);
    if (!rest || !rest->empty()) {
      result.trouble = "end: " + (rest ? "more octets" : rest.error().message());
      co_return;
    }
    if (const auto finished = co_await finish_sending(stream); !finished) {
      result.trouble = "close: " + finished.error().message();
      co_return;
    }
  }
}

Task<void> send_to_server(SecureWeb& web, std::string octets, Duration pause, std::string& answer, bool& over) {
  auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
  if (!stream) co_return;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const auto sent = co_await stream->write(as_bytes(std::string_view{octets}.substr(at, pause == 0s ? SIZE_MAX : 1)));
    if (!sent || pause == 0s) break;
    co_await web.near.sockets.sleep_for(pause);
  }
  while (true) {
    const auto got = co_await stream->read();
    if (!got || got->empty()) break;
    answer += as_text(got->bytes());
  }
  over = true;
}

Failures failures(const SecureWeb& web) {
  constexpr std::string_view words = "] TLS handshake failed: ";
  Failures found;
  for (std::size_t at = 0; (at = web.log_lines.find(words, at)) != std::string::npos;) {
    at += words.size();
    found.push_back(web.log_lines.substr(at, web.log_lines.find('\n', at) - at));
  }
  return found;
}

void check_nothing_is_left(SecureWeb& web) {
  web.world.run_for(10min);
  CHECK(web.far.sockets.tasks() == 1);
  CHECK(web.https.statistics.open == 0);
  CHECK(web.server.stack().population().connections == 0);
}

}  // namespace handwave::sim
