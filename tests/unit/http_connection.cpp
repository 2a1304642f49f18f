// RFC 9112 §9 and RFC 9110 §10.1.1: one server connection, step by step, in virtual time.
#include "apps/http/connection.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "apps/http/response_parser.hpp"
#include "apps/http/static_site.hpp"
#include "tests/support/http_transcript.hpp"
#include "tests/support/memory_files.hpp"

using namespace handwave::http;
using namespace std::chrono_literals;
using std::chrono::sys_days;

namespace {

struct Log final : ExchangeLog {
  void record(const Exchange& exchange) override {
    lines.push_back(std::string(exchange.method) + ' ' + std::string(exchange.target) + " 1." +
                    std::to_string(exchange.minor_version) + ' ' + std::to_string(code(exchange.status)) + ' ' +
                    std::to_string(exchange.body_octets));
  }
  std::vector<std::string> lines;
};

/// A connection and a transport that does what its steps say: `sent` is what a client receives.
struct Fixture {
  explicit Fixture(const RequestLimits& limits = {}) : site(files), connection(site, &log, {}, limits) {
    files.add("index.html", "home");
    files.add("a", "AAA");
    files.add("b", "BB");
    files.add("large", std::string(100'000, 'L'));
    now.date = sys_days{2025y / 6 / 1};
  }

  /// Carries out steps until one wants something from outside; returns that one.
  Step run() {
    for (;;) {
      Step step = connection.next(now);
      if (step.kind == Step::Kind::send) {
        CHECK_FALSE(step.octets.empty());
        CHECK(step.deadline == now.monotonic + 60s);
        ++sends;
        sent += step.octets;
      } else if (step.kind == Step::Kind::send_file) {
        std::vector<std::uint8_t> octets(step.length);
        REQUIRE(step.length > 0);
        REQUIRE(step.file->read(step.offset, octets) == step.length);
        ++file_sends;
        sent.append(octets.begin(), octets.end());
      } else {
        return step;
      }
    }
  }
  Step receive(std::string_view octets) {
    connection.receive(octets);
    return run();
  }
  /// The close of a connection that has nothing more to say: FIN, then the peer's.
  void expect_orderly_close() {
    Step step = run();
    REQUIRE(step.kind == Step::Kind::finish_sending);
    step = run();
    REQUIRE(step.kind == Step::Kind::read);
    CHECK(step.deadline == now.monotonic + 10s);
    connection.end_of_input();
    CHECK(run().kind == Step::Kind::close);
    CHECK(run().kind == Step::Kind::close);
  }

  MemoryFiles files;
  StaticSite site;
  Log log;
  ServerConnection connection;
  Moment now{};
  std::string sent;
  int sends = 0;
  int file_sends = 0;
};

/// Fixture with limits small enough to hit.
struct LimitedFixture : Fixture {
  LimitedFixture() : Fixture({.method = 32, .request_line = 64, .head = 256, .fields = 4, .body = 16}) {}
};

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

/// "status body" of each response in turn, from a stream of responses to GETs.
std::vector<std::string> responses(std::string_view stream) {
  std::vector<std::string> all;
  while (!stream.empty()) {
    ResponseParser parser(Method::get);
    std::string body;
    for (;;) {
      const auto parsed = parser.parse(stream);
      stream.remove_prefix(parsed.consumed);
      body += parsed.body;
      if (parsed.event == ResponseParser::Event::end) break;
      REQUIRE(parsed.event != ResponseParser::Event::error);
      REQUIRE(parsed.event != ResponseParser::Event::need_more);
    }
    all.push_back(std::to_string(code(parser.head().status)) + ' ' + body);
  }
  return all;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

using Kind = Step::Kind;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "RFC 9112 §9.3: a request, its response, and the next on the same connection",
                 "[http][connection][RFC9112]") {
  CHECK(run().kind == Kind::read);
  CHECK(receive(get("/a")).kind == Kind::read);
  CHECK(sent.starts_with("HTTP/1.1 200 OK\r\nDate: Sun, 01 Jun 2025 00:00:00 GMT\r\nServer: handwave\r\n"));
  CHECK(sent.ends_with("\r\n\r\nAAA"));
  CHECK_FALSE(contains(sent, "Connection:"));
  CHECK(sends == 1);  // head and small body together
  CHECK(receive(get("/b")).kind == Kind::read);
  CHECK(responses(sent) == Lines{"200 AAA", "200 BB"});
  CHECK(log.lines == Lines{"GET /a 1.1 200 3", "GET /b 1.1 200 2"});
}

TEST_CASE("RFC 9112 §9.3.2: pipelined requests are answered in order, however they are cut",
          "[http][connection][RFC9112]") {
  const std::string stream = get("/a") + get("/nothing") + get("/b") +
                             "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET " + get("/large") +
                             get("/b", "Connection: close\r\n") + get("/never");
  Fixture whole;
  whole.run();
  CHECK(whole.receive(stream).kind == Kind::finish_sending);
  CHECK(whole.file_sends == 1);
  CHECK(whole.sends == 2);  // before the large body and after it
  const auto all = responses(whole.sent);
  REQUIRE(all.size() == 6);
  CHECK(all[0] == "200 AAA");
  CHECK(all[1].starts_with("404 "));
  CHECK(all[2] == "200 BB");
  CHECK(all[3].starts_with("405 "));
  CHECK(all[4] == "200 " + std::string(100'000, 'L'));
  CHECK(all[5] == "200 BB");
  CHECK(whole.sent.ends_with(
      "Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\nBB"));
  for (const auto& pieces : all_cuts(stream)) {
    Fixture cut;
    for (const auto piece : pieces) {
      if (cut.run().kind == Kind::read) cut.connection.receive(piece);
    }
    cut.run();
    REQUIRE(cut.sent == whole.sent);
    REQUIRE(cut.log.lines == whole.log.lines);
  }
}

TEST_CASE_METHOD(Fixture, "Many pipelined requests share a few sends, and buffers stay bounded", "[http][connection]") {
  run();
  std::string stream;
  for (int i = 0; i < 400; ++i) stream += get("/a");
  CHECK(receive(stream).kind == Kind::read);
  CHECK(responses(sent).size() == 400);
  CHECK(sends < 10);
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §9.6: Connection: close is answered in kind, then FIN, then patience",
                 "[http][connection][RFC9112]") {
  run();
  connection.receive(get("/a", "Connection: close\r\n"));
  Step step = connection.next(now);
  REQUIRE(step.kind == Kind::send);
  CHECK(contains(step.octets, "\r\nConnection: close\r\n"));
  CHECK(connection.next(now).kind == Kind::finish_sending);
  step = connection.next(now);
  REQUIRE(step.kind == Kind::read);
  connection.receive(get("/b"));  // too late: thrown away
  now.monotonic += 9s;
  const Step again = connection.next(now);
  CHECK(again.kind == Kind::read);
  CHECK(again.deadline == step.deadline);  // what still arrives earns no more time
  connection.time_out();
  CHECK(connection.next(now).kind == Kind::close);
  CHECK(log.lines.size() == 1);
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §9.3: HTTP/1.0 closes unless it asks not to", "[http][connection][RFC9112]") {
  run();
  CHECK(receive("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").kind == Kind::read);
  CHECK(sent.starts_with("HTTP/1.1 200 OK\r\n"));  // RFC 9110 §6.2: our own version
  CHECK(contains(sent, "\r\nConnection: keep-alive\r\n"));
  sent.clear();
  CHECK(receive("GET /a HTTP/1.0\r\n\r\n").kind == Kind::finish_sending);
  CHECK(contains(sent, "\r\nConnection: close\r\n"));
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §9.6: a client that closes first is followed", "[http][connection][RFC9112]") {
  run();
  receive(get("/a"));
  connection.end_of_input();
  CHECK(connection.next(now).kind == Kind::finish_sending);
  CHECK(connection.next(now).kind == Kind::close);
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §9.6: requests before the client's FIN are still answered",
                 "[http][connection][RFC9112]") {
  run();
  connection.receive(get("/a") + get("/large"));
  connection.end_of_input();
  CHECK(run().kind == Kind::finish_sending);
  CHECK(responses(sent).size() == 2);
  CHECK(run().kind == Kind::close);
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §8: an incomplete request is refused", "[http][connection][RFC9112]") {
  run();
  receive("GET / HTTP/1.1\r\nHo");
  connection.end_of_input();
  CHECK(run().kind == Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(run().kind == Kind::close);
  CHECK(log.lines.front().starts_with("GET / 1.1 400 "));
}

TEST_CASE_METHOD(Fixture, "RFC 9112 §2.2: what is no request is answered with 400 and closed",
                 "[http][connection][RFC9112]") {
  run();
  CHECK(receive("\x16\x03\x01garbage").kind == Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(contains(sent, "\r\nConnection: close\r\n"));
  CHECK(responses(sent).size() == 1);
  CHECK(log.lines.front().starts_with("- - 1.1 400 "));
  sent.clear();
  CHECK(run().kind == Kind::read);
  CHECK(receive(get("/a")).kind == Kind::read);
  CHECK(sent.empty());
}

TEST_CASE("RFC 9110 §15.5, §15.6: what the parser refuses is answered with its status", "[http][connection][RFC9110]") {
  const auto status = [](const std::string& request) {
    LimitedFixture fixture;
    fixture.run();
    CHECK(fixture.receive(request).kind == Kind::finish_sending);
    CHECK(contains(fixture.sent, "\r\nConnection: close\r\n"));
    return std::stoi(fixture.sent.substr(9, 3));
  };
  CHECK(status("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n") == 413);
  CHECK(status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(99, 'x')) == 413);
  CHECK(status("GET /" + std::string(99, 'a')) == 414);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n") == 417);
  CHECK(status("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(999, 'x')) == 431);
  CHECK(status("BREW / HTTP/1.1\r\n") == 501);
  CHECK(status("GET / HTTP/2.0\r\n") == 505);
}

TEST_CASE_METHOD(LimitedFixture, "RFC 9112 §9.3: bodies are read and thrown away, then the request is answered",
                 "[http][connection][RFC9112]") {
  run();
  CHECK(receive("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\n0123456789").kind == Kind::read);
  CHECK(sent.empty());
  CHECK(receive("abcdef" + get("/b")).kind == Kind::read);
  CHECK(responses(sent) == Lines{"200 AAA", "200 BB"});
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §10.1.1: 100 (Continue) is sent when the body is awaited",
                 "[http][connection][RFC9110]") {
  run();
  const std::string head = "GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  CHECK(receive(head).kind == Kind::read);
  CHECK(sent == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(receive("xy").kind == Kind::read);
  CHECK(responses(sent) == Lines{"200 AAA"});
  sent.clear();
  CHECK(receive(head + "xy").kind == Kind::read);  // the body is there already
  CHECK(sent.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(log.lines.size() == 2);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §10.1.1: a request that will be refused is refused before its body",
                 "[http][connection][RFC9110]") {
  run();
  CHECK(receive("PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n").kind ==
        Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
  CHECK(contains(sent, "\r\nConnection: close\r\n"));
}

TEST_CASE_METHOD(Fixture, "A server that stops may end what it reads between requests, and nothing else",
                 "[http][connection]") {
  CHECK(run().idle);
  CHECK_FALSE(receive("GET /a HTTP/1.1\r\n").idle);
  CHECK_FALSE(receive("Host: a\r\nContent-Length: 1\r\n\r\n").idle);
  CHECK(receive("x").idle);
  CHECK(receive(get("/a", "Connection: close\r\n")).kind == Kind::finish_sending);
  CHECK(run().idle);  // for the peer's FIN
}

TEST_CASE_METHOD(Fixture, "Time limits: a peer that says nothing is left", "[http][connection][time]") {
  const Step first = run();
  CHECK(first.kind == Kind::read);
  CHECK(first.deadline == now.monotonic + 30s);
  connection.time_out();
  expect_orderly_close();
  CHECK(sent.empty());
  CHECK(log.lines.empty());
}

TEST_CASE_METHOD(Fixture, "Time limits: an idle connection is closed in silence", "[http][connection][time]") {
  run();
  now.monotonic += 7s;
  const Step idle = receive(get("/a"));
  CHECK(idle.deadline == now.monotonic + 60s);
  sent.clear();
  connection.time_out();
  expect_orderly_close();
  CHECK(sent.empty());
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.9: a head that trickles in has one deadline, then 408",
                 "[http][connection][time][RFC9110]") {
  run();
  now.monotonic += 5s;
  const Step first = receive("G");
  CHECK(first.deadline == now.monotonic + 15s);
  now.monotonic += 14s;
  const Step second = receive("ET / HT");
  CHECK(second.deadline == first.deadline);
  connection.time_out();
  CHECK(run().kind == Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(contains(sent, "\r\nConnection: close\r\n"));
  connection.end_of_input();
  CHECK(run().kind == Kind::close);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.9: empty lines do not buy time", "[http][connection][time][RFC9110]") {
  run();
  const Step first = receive("\r\n");
  now.monotonic += 10s;
  CHECK(receive("\r\n").deadline == first.deadline);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.9: a body that trickles in has one deadline, then 408",
                 "[http][connection][time][RFC9110]") {
  run();
  const Step first = receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
  CHECK(first.deadline == now.monotonic + 30s);
  now.monotonic += 29s;
  CHECK(receive("x").deadline == first.deadline);
  connection.time_out();
  CHECK(run().kind == Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(log.lines.front().starts_with("POST /a 1.1 408 "));
}

TEST_CASE_METHOD(Fixture, "Time limits: octets that trickle past the deadline do not move it",
                 "[http][connection][time]") {
  run();
  const Step first = receive("GET / HTTP/1.1\r\nX: ");
  for (; now.monotonic < first.deadline - 1s; now.monotonic += 1s) CHECK(receive("x").kind == Kind::read);
  now.monotonic += 1s;
  CHECK(receive("x").kind == Kind::finish_sending);
  CHECK(sent.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  const Step lingering = run();
  for (; now.monotonic < lingering.deadline; now.monotonic += 1s) CHECK(receive("x").kind == Kind::read);
  CHECK(receive("x").kind == Kind::close);
}

TEST_CASE_METHOD(Fixture, "Time limits: a request that arrives at the last moment is answered",
                 "[http][connection][time]") {
  const Step first = run();
  now.monotonic = first.deadline + 1s;
  CHECK(receive(get("/a")).kind == Kind::read);
  CHECK(responses(sent) == Lines{"200 AAA"});
}

TEST_CASE_METHOD(Fixture, "Time limits: each request has its own", "[http][connection][time]") {
  run();
  const Step first = receive(get("/a") + "GET /b");
  CHECK(first.deadline == now.monotonic + 15s);
  now.monotonic += 14s;
  const Step second = receive(" HTTP/1.1\r\nHost: a\r\n\r\nGET");
  CHECK(second.deadline == now.monotonic + 15s);
}

TEST_CASE_METHOD(Fixture, "A large file is sent from the file, after its head", "[http][connection]") {
  run();
  connection.receive(get("/large"));
  Step step = connection.next(now);
  REQUIRE(step.kind == Kind::send);
  CHECK(step.more);
  CHECK(step.octets.ends_with("\r\n\r\n"));
  step = connection.next(now);
  REQUIRE(step.kind == Kind::send_file);
  CHECK_FALSE(step.more);
  CHECK(step.offset == 0);
  CHECK(step.length == 100'000);
  CHECK(step.deadline == now.monotonic + 60s);
  CHECK(connection.next(now).kind == Kind::read);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.3.7.2: several large ranges alternate with their heads", "[http][connection]") {
  run();
  CHECK(receive(get("/large", "Range: bytes=0-9999,20000-29999,50000-50000\r\n")).kind == Kind::read);
  CHECK(file_sends == 2);
  const auto all = responses(sent);
  REQUIRE(all.size() == 1);
  CHECK(all[0].size() > 20'001);
  CHECK(contains(all[0], "bytes 20000-29999/100000\r\n\r\nLLL"));
  CHECK(all[0].ends_with("--\r\n"));
}

TEST_CASE_METHOD(Fixture, "A file that turns out shorter than promised ends in a reset", "[http][connection]") {
  files.add_truncated("short", "abc", 1000);
  run();
  CHECK(receive(get("/short")).kind == Kind::abort);
  CHECK(run().kind == Kind::abort);
}

TEST_CASE_METHOD(Fixture, "Nothing that arrives as nothing changes anything", "[http][connection]") {
  const Step step = run();
  connection.receive("");
  now.monotonic += 1s;
  CHECK(run().deadline == step.deadline);
}
