// Whole applications in virtual time: the HTTP server and its client, and the small services, through bad networks.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <string>
#include <vector>

#include "apps/fetch.hpp"
#include "apps/http/request.hpp"
#include "apps/http/static_site.hpp"
#include "apps/http_server.hpp"
#include "apps/services.hpp"
#include "tests/sim/coroutine_host.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/memory_files.hpp"
#include "tests/support/segment.hpp"

namespace handwave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds today{20'000 * 24h};

/// A web server and a client's host.
struct Web {
  explicit Web(std::uint64_t seed, std::string_view impairments)
      : world(seed),
        client(world.add("client")),
        server(world.add("server")),
        near(client.run<CoroutineHost>(client)),
        far(server.run<CoroutineHost>(server)) {
    world.join(client, server, impairments);
    for (const std::size_t size : {0U, 1U, 1024U, 100'000U})
      files.add("page" + std::to_string(size), test::pattern_text(size, size), today - 24h);
    auto listener = far.sockets.listen({server.v4(), 80});
    if (!listener) world.fail("listen: " + listener.error().message());
    far.sockets.start(accept_each(far.sockets, *std::move(listener),
                                  [this](Stream stream) { return serve_http(http, std::move(stream)); }));
  }

  World world;
  Node& client;
  Node& server;
  http::MemoryFiles files;
  http::StaticSite site{files};
  CoroutineHost& near;
  CoroutineHost& far;
  HttpServer http{far.sockets, site, [] { return today; }};
};

/// What a visitor has seen so far.
struct Visit {
  std::size_t pages_right = 0;
  std::string trouble;
};

Task<void> visit(Web& web, std::vector<std::size_t> sizes, Visit& result) {
  for (const std::size_t size : sizes) {
    auto stream = co_await web.near.sockets.connect({web.server.v4(), 80});
    if (!stream) {
      result.trouble = stream.error().message();
      co_return;
    }
    const auto url = http::parse_url("http://192.0.2.2/page" + std::to_string(size));
    std::string body;
    const BodySink sink = [&](const FetchedHead&, std::string_view octets) {
      body += octets;
      return true;
    };
    const auto head = co_await fetch(web.near.sockets, *stream, *url, sink);
    if (!head) {
      result.trouble = head.error().sentence;
      co_return;
    }
    if (head->status == 200 && body == test::pattern_text(size, size)) ++result.pages_right;
  }
}

/// All of `requests` at once, then everything that comes back until the server closes.
Task<void> pipeline(Web& web, std::string requests, std::string& answers, std::string& trouble) {
  auto stream = co_await web.near.sockets.connect({web.server.v4(), 80});
  if (!stream) co_return;
  if (const auto written = co_await stream->write(as_bytes(requests)); !written) trouble = written.error().message();
  while (true) {
    const auto octets = co_await stream->read();
    if (!octets) trouble = octets.error().message();
    if (!octets || octets->empty()) co_return;
    answers += as_text(octets->bytes());
  }
}

Task<void> ask_for_echo(Sockets& sockets, Endpoint server, std::string& answer) {
  auto stream = co_await sockets.connect(server);
  if (!stream) co_return;
  const std::string question = test::pattern_text(0, 50'000);
  for (std::size_t at = 0; at < question.size(); at += 5000) {
    if (!co_await stream->write(as_bytes(std::string_view(question).substr(at, 5000)))) co_return;
    for (std::size_t back = 0; back < 5000;) {
      const auto octets = co_await stream->read();
      if (!octets || octets->empty()) co_return;
      back += octets->size();
      answer += as_text(octets->bytes());
    }
  }
  static_cast<void>(stream->shutdown());
  static_cast<void>(co_await stream->flushed());
}

std::size_t count_of(std::string_view needle, std::string_view hay) {
  std::size_t count = 0;
  for (std::size_t at = hay.find(needle); at != std::string_view::npos; at = hay.find(needle, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("sim: pages are served whole by HTTP over TCP, whatever the network does", "[sim][http]") {
  const char* impairments = GENERATE(
      "delay=10ms", "loss=5%,reorder=5%,duplicate=2%,corrupt=0.5%,delay=20ms,jitter=10ms", "delay=30ms,rate=2mbit");
  for (const std::uint64_t seed : seeds(2)) {
    Web web(seed, impairments);
    std::vector<Visit> visits(12);
    for (Visit& result : visits) web.near.sockets.start(visit(web, {1024, 0, 100'000, 1}, result));
    const auto done = [&] { return web.near.sockets.tasks() == 0; };
    if (!web.world.run_until(done, 30min)) web.world.fail("the visitors are not done");
    for (const Visit& result : visits) {
      INFO("seed " << seed << ", " << impairments << ": " << result.trouble);
      CHECK(result.pages_right == 4);
    }
    // Nothing is left behind but the listener's accept loop.
    web.world.run_for(10min);
    CHECK(web.far.sockets.tasks() == 1);
    CHECK(web.server.stack().population().connections == 0);
    CHECK(web.client.stack().population().time_wait == 0);
  }
}

TEST_CASE("sim: pipelined requests are answered in order on one connection", "[sim][http]") {
  const char* impairments = GENERATE("delay=10ms", "loss=8%,reorder=5%,delay=10ms");
  for (const std::uint64_t seed : seeds(3)) {
    Web web(seed, impairments);
    std::string requests;
    for (int i = 0; i < 20; ++i) requests += "GET /page1024 HTTP/1.1\r\nHost: test\r\n\r\n";
    requests += "GET /page1 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    std::string answers;
    std::string trouble;
    web.near.sockets.start(pipeline(web, requests, answers, trouble));
    if (!web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 10min)) web.world.fail("no end");
    CHECK(trouble.empty());
    CHECK(count_of("HTTP/1.1 200", answers) == 21);
    CHECK(count_of(test::pattern_text(1024, 1024), answers) == 20);
    CHECK(answers.ends_with(test::pattern_text(1, 1)));
  }
}

TEST_CASE("sim: a visitor who vanishes is forgotten by the server", "[sim][http]") {
  for (const std::uint64_t seed : seeds(3)) {
    Web web(seed, "delay=10ms,rate=1mbit");
    Visit result;
    web.near.sockets.start(visit(web, {100'000}, result));
    web.world.run_for(300ms);
    CHECK(web.server.stack().population().connections == 1);
    web.client.vanish();
    web.world.run_for(10min);
    CHECK(web.server.stack().population().connections == 0);
    CHECK(web.far.sockets.tasks() == 1);
  }
}

TEST_CASE("sim: the echo service sends everything back, and closes after its client", "[sim][services]") {
  for (const std::uint64_t seed : seeds(4)) {
    Web web(seed, "loss=5%,reorder=5%,duplicate=5%,delay=10ms");
    auto listener = web.far.sockets.listen({web.server.v6(), 7});
    REQUIRE(listener);
    web.far.sockets.start(accept_each(web.far.sockets, *std::move(listener), [&web](Stream stream) {
      return serve_echo(web.far.sockets, std::move(stream));
    }));
    std::string answer;
    web.near.sockets.start(ask_for_echo(web.near.sockets, {web.server.v6(), 7}, answer));
    if (!web.world.run_until([&] { return web.near.sockets.tasks() == 0; }, 10min)) web.world.fail("no end");
    CHECK(answer == test::pattern_text(0, 50'000));
  }
}

}  // namespace handwave::sim
