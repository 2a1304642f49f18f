// The whole of HTTPS in virtual time: HTTP over TLS over TCP, through bad networks, with slow, hasty and vanishing
// peers.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/fetch.hpp"
#include "apps/http/static_site.hpp"
#include "apps/https_server.hpp"
#include "apps/services.hpp"
#include "apps/tls_stream.hpp"
#include "tests/determinism/cryptography.hpp"
#include "tests/sim/coroutine_host.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/record_forge.hpp"
#include "tests/support/segment.hpp"
#include "tests/support/tls_identities.hpp"
#include "tests/support/tls_pair.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds today{20'000 * 24h};
constexpr std::uint16_t https_port = 443;

/// Octets decided by the world's seed.
tls::Random seeded_random(std::uint64_t seed) {
  return [dice = test::Dice{seed}](tls::MutableBytes into) mutable {
    for (std::uint8_t& octet : into) octet = dice.any<std::uint8_t>();
  };
}

struct Credentials {
  tls::Identity identity;
  tls::Authorities authorities;
};

/// A certificate for the server, and who vouches for it: itself.
Credentials credentials(const tls::Random& random) {
  const tls::CertificateRequest request{.common_name = "test",
                                        .names = {"192.0.2.2"},
                                        .not_before = std::chrono::sys_days{2020y / 1 / 1},
                                        .not_after = std::chrono::sys_days{2099y / 1 / 1}};
  const auto made = tls::make_self_signed(request, random);
  return {*tls::Identity::from_pem(made->certificate, made->key), *tls::Authorities::from_pem(made->certificate)};
}

/// A secure web server and a client's host.
struct SecureWeb {
  SecureWeb(std::uint64_t seed, std::string_view impairments, const HandshakeLimits& limits = {},
            tls::Version highest = tls::Version::tls1_3, tls::KeyLog key_log = {})
      : world(begin(seed)),
        random(seeded_random(seed)),
        proof(credentials(random)),
        client(world.add("client")),
        server(world.add("server")),
        near(client.run<CoroutineHost>(client)),
        far(server.run<CoroutineHost>(server)),
        https(http,
              tls::ServerContext{{.identities = {proof.identity}, .key_log = std::move(key_log), .random = random}},
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

  /// Before anything draws on it: cryptography and its clock begin anew, too.
  static std::uint64_t begin(std::uint64_t seed) {
    test::reseed_cryptography(seed);
    test::set_cryptography_time(today);
    return seed;
  }

  World world;
  tls::Random random;
  Credentials proof;
  Node& client;
  Node& server;
  http::MemoryFiles files;
  http::StaticSite site{files};
  CoroutineHost& near;
  CoroutineHost& far;
  std::string log_lines;
  AccessLog log{far.sockets, [this](std::string_view lines) { log_lines += lines; }};
  HttpServer http{far.sockets, site, [] { return today; }, &log};
  HttpsServer https;
  tls::ClientContext context;
};

/// What a visitor has seen so far.
struct Visit {
  std::size_t pages_right = 0;
  std::size_t resumed = 0;
  std::string trouble;
};

/// A connection for each page, each resuming the session of the one before.
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

/// Sends `octets` at once, or one a second, and reads until the server has had enough.
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

/// What the log says of handshakes that failed.
using Failures = std::vector<std::string>;
Failures failures(const SecureWeb& web) {
  constexpr std::string_view words = "] TLS handshake failed: ";
  Failures found;
  for (std::size_t at = 0; (at = web.log_lines.find(words, at)) != std::string::npos;) {
    at += words.size();
    found.push_back(web.log_lines.substr(at, web.log_lines.find('\n', at) - at));
  }
  return found;
}

/// Nothing is left but the listener's accept loop: no task, no connection, no session.
void check_nothing_is_left(SecureWeb& web) {
  web.world.run_for(10min);
  CHECK(web.far.sockets.tasks() == 1);
  CHECK(web.https.statistics.open == 0);
  CHECK(web.server.stack().population().connections == 0);
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

TEST_CASE("sim: a client that sends its ClientHello an octet a second is cut off", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "\x16\x03\x01\x02" + std::string(500, 'x'), 1s, answer, over));
  Visit meanwhile;
  web.near.sockets.start(visit(web, {1024}, meanwhile));
  CHECK(web.world.run_until([&] { return over; }, 15s));
  CHECK(answer.empty());
  CHECK(meanwhile.pages_right == 1);
  CHECK(web.https.statistics.timed_out == 1);
  web.world.run_for(1s);
  CHECK(failures(web) == Failures{"the client was not done with it within 10 s"});
  check_nothing_is_left(web);
}

TEST_CASE("sim: a client that connects and says nothing costs no session, and is let go", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "", 0s, answer, over));
  web.world.run_for(5s);
  CHECK(web.https.statistics.open == 0);
  CHECK(web.server.stack().population().connections == 1);
  CHECK(web.world.run_until([&] { return over; }, 15s));
  check_nothing_is_left(web);
  CHECK(web.log_lines.empty());  // browsers do this
}

TEST_CASE("sim: plain HTTP on the TLS port is answered with a 400 page", "[sim][https]") {
  SecureWeb web(1, "delay=10ms,loss=10%");
  std::string answer;
  bool over = false;
  web.near.sockets.start(send_to_server(web, "GET / HTTP/1.1\r\nHost: test\r\n\r\n", 0s, answer, over));
  CHECK(web.world.run_until([&] { return over; }, 1min));
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.ends_with("</html>\n"));
  CHECK(web.https.statistics.not_tls == 1);
  check_nothing_is_left(web);
  CHECK(failures(web) == Failures{"what came is not TLS, but plain HTTP or noise"});
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

TEST_CASE("sim: who was refused holds no session and no place while the goodbye lasts", "[sim][https]") {
  SecureWeb web(1, "delay=10ms", {.time = 1s, .at_once = 1});
  const auto be_refused_and_stay = [&]() -> Task<void> {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
    (void)co_await stream->write(as_bytes(std::string_view{"\x16\x03\x01\x00\x04\x0e\x00\x00\x00", 9}));
    co_await web.near.sockets.sleep_for(5s);
  };
  web.near.sockets.start(be_refused_and_stay());
  web.world.run_for(200ms);
  CHECK(web.https.statistics.failed == 1);
  CHECK(web.https.statistics.open == 0);
  Visit meanwhile;
  web.near.sockets.start(visit(web, {1024}, meanwhile));
  web.world.run_for(1s);
  CHECK(meanwhile.pages_right == 1);
  check_nothing_is_left(web);
}

TEST_CASE("sim: an exception in one session ends that session and no other", "[sim][https]") {
  const auto once = [thrown = false](std::string_view) mutable {
    if (!std::exchange(thrown, true)) throw std::bad_alloc{};
  };
  SecureWeb web(1, "delay=10ms", {}, tls::Version::tls1_3, once);
  Visit first;
  web.near.sockets.start(visit(web, {1024}, first));
  web.world.run_for(10s);
  CHECK(first.trouble.starts_with("handshake: "));
  CHECK(web.https.statistics.failed == 1);
  CHECK(failures(web) == Failures{"std::bad_alloc"});
  Visit second;
  web.near.sockets.start(visit(web, {1024}, second));
  web.world.run_for(10s);
  CHECK(second.pages_right == 1);
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

TEST_CASE("sim: of a crowd that comes at once everybody gets the page, a few handshakes at a time", "[sim][https]") {
  SecureWeb web(3, "delay=10ms", {.time = 60s, .at_once = 8, .steps_a_turn = 1});
  std::vector<Visit> visits(100);
  std::uint64_t most = 0;
  web.server.check_with([&] { most = std::max(most, web.https.statistics.open); });
  for (Visit& result : visits) web.near.sockets.start(visit(web, {1024}, result));
  CHECK(web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 5min));
  for (const Visit& result : visits) {
    INFO(result.trouble);
    CHECK(result.pages_right == 1);
  }
  CHECK(web.https.statistics.full == 100);
  check_nothing_is_left(web);
}

TEST_CASE("sim: who waits behind clients that say nothing has their turn, or is turned away at once", "[sim][https]") {
  SecureWeb web(1, "delay=10ms", {.time = 2s, .at_once = 1, .waiting = 3});
  std::string answers;
  bool over = false;
  for (int i = 0; i < 3; ++i) web.near.sockets.start(send_to_server(web, "\x16\x03\x01", 0s, answers, over));
  web.world.run_for(100ms);
  Visit patient;
  Visit refused;
  web.near.sockets.start(visit(web, {1024}, patient));
  web.world.run_for(100ms);
  web.near.sockets.start(visit(web, {1024}, refused));
  web.world.run_for(1s);
  CHECK(refused.trouble.starts_with("handshake: "));
  CHECK(web.https.statistics.turned_away == 1);
  web.world.run_for(4s);
  CHECK(patient.pages_right == 0);
  web.world.run_for(1s);  // three held the place for two seconds each
  CHECK(patient.pages_right == 1);
  CHECK(web.https.statistics.timed_out == 3);
  CHECK(answers.empty());
  CHECK(failures(web).front() == "too many others are waiting for theirs");
  check_nothing_is_left(web);
}

TEST_CASE("sim: the log says whose handshake failed and why, the statistics how often each", "[sim][https]") {
  SecureWeb web(1, "delay=10ms");
  std::string answers;
  bool over = false;
  const auto fail_with = [&](std::string octets) {
    web.near.sockets.start(send_to_server(web, std::move(octets), 0s, answers, over));
    web.world.run_for(1s);
  };
  const std::string out_of_place{"\x16\x03\x01\x00\x04\x0e\x00\x00\x00", 9};  // ServerHelloDone
  fail_with(out_of_place);
  CHECK(web.log_lines.starts_with("192.0.2.1:"));
  fail_with(out_of_place);
  const auto leave = [&](std::string_view octets) -> Task<void> {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), https_port});
    if (!octets.empty()) (void)co_await stream->write(as_bytes(octets));
    (void)stream->shutdown();
    co_await web.near.sockets.sleep_for(5s);
  };
  web.near.sockets.start(leave(""));  // changed its mind: nothing failed
  web.world.run_for(1s);
  web.near.sockets.start(leave("\x16\x03\x01"));
  web.world.run_for(1s);
  const auto stranger = tls::ClientContext{{.authorities = credentials(web.random).authorities, .random = web.random}};
  web.context = stranger;
  Visit visitor;
  web.near.sockets.start(visit(web, {1}, visitor));
  web.world.run_for(1s);
  const std::string place = "a message that has no place here";
  const std::string cut = "the connection ended in the middle of the handshake";
  const std::string unknown = "the peer refused with the alert unknown_ca (48)";
  CHECK(failures(web) == Failures{place, place, cut, unknown});
  CHECK(web.https.statistics.failed == 4);
  const std::string figures = web.https.statistics.to_string();
  CHECK(figures.contains("\n    2 failed: " + place + "\n"));
  CHECK(figures.contains("\n    1 failed: " + unknown + "\n"));
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

TEST_CASE("sim: a client that vanishes in the handshake or after it leaves no session behind", "[sim][https]") {
  const Duration when = GENERATE(25ms, 45ms, 65ms, 200ms);
  SecureWeb web(1, "delay=10ms,rate=1mbit");
  Visit result;
  web.near.sockets.start(visit(web, {100'000}, result));
  web.world.run_for(when);
  web.client.vanish();
  check_nothing_is_left(web);
}

}  // namespace handwave::sim
