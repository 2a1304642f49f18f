// Echo (RFC 862), discard (RFC 863), chargen (RFC 864) and the HTTP server, spoken to over two stacks.
#include "apps/services.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "apps/access_log.hpp"
#include "apps/built_in_site.hpp"
#include "apps/fetch.hpp"
#include "apps/http/static_site.hpp"
#include "apps/http_server.hpp"
#include "tests/support/idle_sockets.hpp"
#include "tests/support/sockets_world.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

/// Serves on one host what a test asks for, and talks to it from the other.
struct ServiceWorld : test::SocketsWorld {
  static constexpr std::uint16_t port = 7;

  void serve(Service service) {
    auto listener = server.sockets->listen({IpAddress{}, port});
    REQUIRE(listener);
    server.sockets->start(accept_each(*server.sockets, *std::move(listener), std::move(service)));
  }
  template <class Talk>
  void talk(Talk talk) {
    client.sockets->start(talk(*client.sockets));
  }
};

const Endpoint there{IpAddress::v4(192, 0, 2, 2), ServiceWorld::port};

/// Sends `text`, closes that side, and collects what comes until the other side closes.
Task<void> exchange(Sockets& sockets, std::string text, std::string& got, bool& ended) {
  auto stream = co_await sockets.connect(there);
  if (!stream) co_return;
  const auto written = co_await stream->write(as_bytes(text));
  if (!written || !stream->shutdown()) co_return;
  while (true) {
    const auto octets = co_await stream->read();
    if (!octets) co_return;
    if (octets->empty()) break;
    got += as_text(octets->bytes());
  }
  ended = true;
}

/// Reads `count` octets, then closes.
Task<void> read_some(Sockets& sockets, std::size_t count, std::string& got) {
  auto stream = co_await sockets.connect(there);
  while (stream && got.size() < count) {
    const auto octets = co_await stream->read();
    if (!octets || octets->empty()) co_return;
    got += as_text(octets->bytes());
  }
}

Task<void> get(Sockets& sockets, std::string target, std::string& body, int& status, std::string& error) {
  auto stream = co_await sockets.connect(there);
  if (!stream) co_return;
  const auto url = http::parse_url("http://192.0.2.2:7" + target);
  const BodySink sink = [&](const FetchedHead&, std::string_view octets) {
    body += octets;
    return true;
  };
  const auto head = co_await fetch(sockets, *stream, *url, sink);
  if (head)
    status = head->status;
  else
    error = head.error().sentence;
}

struct HttpWorld : ServiceWorld {
  BuiltInSite files{{}};
  http::StaticSite site{files};
  std::string log_lines;
  AccessLog log{*server.sockets, [this](std::string_view lines) { log_lines += lines; }};
  HttpServer http{.sockets = *server.sockets,
                  .site = site,
                  .date = [] { return std::chrono::sys_seconds{1'000'000'000s}; },
                  .log = &log};
  HttpWorld() {
    serve([this](Stream stream) { return serve_http(http, std::move(stream)); });
  }
  ~HttpWorld() { server.sockets.reset(); }
  HttpWorld(const HttpWorld&) = delete;
  HttpWorld& operator=(const HttpWorld&) = delete;
};

}  // namespace

TEST_CASE("RFC 862: echo sends back all it receives, and closes when the peer does", "[services][RFC862]") {
  ServiceWorld world;
  world.serve([&](Stream stream) { return serve_echo(*world.server.sockets, std::move(stream)); });
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + '\n';
  std::string got;
  bool ended = false;
  world.client.sockets->start(exchange(*world.client.sockets, text, got, ended));
  world.wait(30s);
  CHECK(ended);
  CHECK(got == text);
}

TEST_CASE("RFC 863: discard takes everything, answers nothing, and closes when the peer does", "[services][RFC863]") {
  ServiceWorld world;
  world.serve([&](Stream stream) { return serve_discard(*world.server.sockets, std::move(stream)); });
  std::string got;
  bool ended = false;
  world.client.sockets->start(exchange(*world.client.sockets, std::string(5'000'000, 'x'), got, ended));
  world.wait(30s);
  CHECK(ended);
  CHECK(got.empty());
  CHECK(world.server.sockets->tasks() == 1);  // the accept loop
}

TEST_CASE("RFC 864: chargen sends lines of 72 characters, each begun one further in the ring", "[services][RFC864]") {
  ServiceWorld world;
  const Slice pattern = chargen_pattern();
  world.serve([&](Stream stream) { return serve_chargen(*world.server.sockets, std::move(stream), pattern); });
  std::string got;
  world.client.sockets->start(read_some(*world.client.sockets, 2'000'000, got));
  world.wait(30s);
  REQUIRE(got.size() >= 2'000'000);
  for (std::size_t at = 0; at < 2'000'000; ++at) {
    const std::size_t line = at / 74;
    const std::size_t column = at % 74;
    const char expected = column == 72 ? '\r' : column == 73 ? '\n' : static_cast<char>(' ' + (line + column) % 95);
    if (got[at] != expected) {
      CAPTURE(at, got[at], expected);
      FAIL("not the pattern");
    }
  }
  world.wait(30s);
  CHECK(world.server.sockets->tasks() == 1);  // the peer's close ended both coroutines of the connection
}

TEST_CASE("Chargen ends when it is asked to stop, with every octet it promised delivered", "[services][RFC864]") {
  ServiceWorld world;
  const Slice pattern = chargen_pattern();
  world.serve([&](Stream stream) { return serve_chargen(*world.server.sockets, std::move(stream), pattern); });
  std::string got;
  bool ended = false;
  const auto read_to_end = [](Sockets& sockets, std::string& to, bool& at_end) -> Task<void> {
    auto stream = co_await sockets.connect(there);
    while (stream) {
      const auto octets = co_await stream->read();
      if (!octets) co_return;
      if (octets->empty()) break;
      to += as_text(octets->bytes());
      co_await sockets.sleep_for(1ms);
    }
    at_end = true;
  };
  world.client.sockets->start(read_to_end(*world.client.sockets, got, ended));
  world.wait(100ms);
  CHECK_FALSE(ended);
  world.server.sockets->stop();
  world.wait(30s);
  CHECK(ended);
  CHECK(got.size() % pattern.size() == 0);
  CHECK(world.server.sockets->tasks() == 0);
}

TEST_CASE("The HTTP server answers over a stream, and its log has a line a request", "[services][RFC9112]") {
  HttpWorld world;
  std::string body, error;
  int status = 0;
  world.client.sockets->start(get(*world.client.sockets, "/", body, status, error));
  world.wait(1s);
  CHECK(error.empty());
  CHECK(status == 200);
  CHECK(body.starts_with("<!DOCTYPE html>"));
  const std::size_t page = body.size();
  body.clear();
  world.client.sockets->start(get(*world.client.sockets, "/none?a=%22", body, status, error));
  world.wait(1s);
  CHECK(status == 404);
  CHECK(world.log_lines == "192.0.2.1 - - [09/Sep/2001:01:46:40 +0000] \"GET / HTTP/1.1\" 200 " + std::to_string(page) +
                               "\n192.0.2.1 - - [09/Sep/2001:01:46:40 +0000] \"GET /none?a=%22 HTTP/1.1\" 404 " +
                               std::to_string(body.size()) + "\n");
}

TEST_CASE("The HTTP server ends idle connections when it is asked to stop", "[services]") {
  HttpWorld world;
  std::string got;
  const auto linger = [](Sockets& sockets, std::string& to) -> Task<void> {
    auto stream = co_await sockets.connect(there);
    if (!stream) co_return;
    const auto written = co_await stream->write(as_bytes("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"));
    while (written) {
      const auto octets = co_await stream->read();
      if (!octets || octets->empty()) break;
      to += as_text(octets->bytes());
    }
    to += "END";
  };
  world.client.sockets->start(linger(*world.client.sockets, got));
  world.wait(1s);
  CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(got.ends_with("END"));
  world.server.sockets->stop();
  world.wait(1s);
  CHECK(got.ends_with("END"));
  CHECK(world.server.sockets->tasks() == 0);
  CHECK(world.server.stack.counters()[Counter::tcp_resets_sent] == 0);
}

TEST_CASE("Failures have a line each in the log, and a flood of them no more than so many a minute", "[services]") {
  test::IdleSockets idle;
  std::string lines;
  AccessLog log{*idle.sockets, [&](std::string_view more) { lines += more; }};
  const std::chrono::sys_seconds date{1'000'000'000s};
  const auto fail = [&](std::string_view why) { log.add_failure({IpAddress::v4(192, 0, 2, 1), 5000}, date, why); };
  fail("who\nknows");
  idle.pass(AccessLog::delay);
  CHECK(lines == "192.0.2.1:5000 - - [09/Sep/2001:01:46:40 +0000] who\\x0aknows\n");
  lines.clear();
  for (std::size_t i = 0; i < 10 * AccessLog::failures_a_minute; ++i) fail("again");
  log.flush();
  CHECK(static_cast<std::size_t>(std::ranges::count(lines, '\n')) == AccessLog::failures_a_minute);
  CHECK(lines.ends_with(
      "again\n- - - [09/Sep/2001:01:46:40 +0000] more connections fail: for a minute they are only counted\n"));
  lines.clear();
  idle.pass(1min - 1ms - AccessLog::delay);
  fail("in the same minute");
  log.flush();
  CHECK(lines.empty());
  idle.pass(1ms);
  fail("in the next minute");
  log.flush();
  CHECK(lines.ends_with("in the next minute\n"));
}

TEST_CASE("A log line stays one line of printing characters", "[services]") {
  CHECK(escape_for_log("GET") == "GET");
  CHECK(escape_for_log("a\"b\\c\n\x7f\xff") == "a\\x22b\\x5cc\\x0a\\x7f\\xff");
}
