// The client's side: URLs (RFC 9110 §4.2), requests (RFC 9112 §3) and responses (RFC 9112 §4, §6.3, §8).
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "apps/http/request.hpp"
#include "apps/http/response_parser.hpp"
#include "apps/http/url.hpp"
#include "tests/support/http_transcript.hpp"

using namespace handwave::http;

namespace {

/// The transcript, the same for all cuts.
std::string read(std::string_view octets, bool closed = true, Method method = Method::get) {
  const std::string whole = response_transcript({octets}, method, closed);
  for (const auto& pieces : all_cuts(octets)) {
    INFO("cut after " << pieces.front());
    CHECK(response_transcript(pieces, method, closed) == whole);
  }
  return whole;
}

Url url(std::string_view text) {
  const auto parsed = parse_url(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

constexpr bool open = false;

}  // namespace

TEST_CASE("RFC 9110 §4.2: a URL's host, port and target", "[http][url][RFC9110]") {
  const Url full = url("http://www.example:8080/a/b?c=d#fragment");
  CHECK(full.scheme == Url::Scheme::http);
  CHECK(full.host == "www.example");
  CHECK(full.port == 8080);
  CHECK(full.target == "/a/b?c=d");
  CHECK(full.authority() == "www.example:8080");
  CHECK_FALSE(full.ipv6);
  CHECK(url("HTTP://a").target == "/");
  CHECK(url("http://a").port == 80);
  CHECK(url("http://a:80").authority() == "a");
  CHECK(url("http://a:").port == 80);
  CHECK(url("http://a?b").target == "/?b");
  CHECK(url("http://a#b").target == "/");
  CHECK(url("https://a").port == 443);
  CHECK(url("https://a:443/").authority() == "a");
  CHECK(url("https://a:80/").authority() == "a:80");
}

TEST_CASE("RFC 3986 §3.2.2: IPv6 addresses stand in brackets", "[http][url]") {
  const Url six = url("http://[2001:db8::2]:8080/x");
  CHECK(six.host == "2001:db8::2");
  CHECK(six.ipv6);
  CHECK(six.port == 8080);
  CHECK(six.authority() == "[2001:db8::2]:8080");
  CHECK(url("http://[::ffff:192.0.2.1]").authority() == "[::ffff:192.0.2.1]");
}

TEST_CASE("What is no URL for us is refused with a reason", "[http][url]") {
  for (const char* bad : {"",
                          "www.example",
                          "ftp://a",
                          "http:/a",
                          "http://",
                          "http:///x",
                          "http://:80",
                          "http://a:0",
                          "http://a:65536",
                          "http://a:x",
                          "http://a:-1",
                          "http://u@a/",
                          "http://u:p@a/",
                          "http://[::1",
                          "http://[]",
                          "http://[::1]x",
                          "http://[g::1]",
                          "http://a b/",
                          "http://a/b c",
                          "http://a/\r\nX: y",
                          "http://a\\b/",
                          "http://a:80:80/",
                          "://a"}) {
    INFO(bad);
    const auto parsed = parse_url(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().starts_with("the URL") + parsed.error().starts_with("what stands") == 1);
  }
}

TEST_CASE("The name for a saved file is the last segment, and never leads elsewhere", "[http][url]") {
  CHECK(file_name(url("http://a/b/c.txt?d/e")) == "c.txt");
  CHECK(file_name(url("http://a")) == "index.html");
  CHECK(file_name(url("http://a/b/")) == "index.html");
  CHECK(file_name(url("http://a/..")) == "index.html");
  CHECK(file_name(url("http://a/.")) == "index.html");
}

TEST_CASE("RFC 9112 §3: the request, with Host first (RFC 9110 §7.2)", "[http][client][RFC9112]") {
  CHECK(write_request(Method::get, url("http://[::1]:81/a?b#c")) ==
        "GET /a?b HTTP/1.1\r\nHost: [::1]:81\r\nUser-Agent: handwave\r\nAccept: */*\r\nConnection: close\r\n\r\n");
  CHECK(write_request(Method::head, url("http://a"), true) ==
        "HEAD / HTTP/1.1\r\nHost: a\r\nUser-Agent: handwave\r\nAccept: */*\r\n\r\n");
}

TEST_CASE("Our own server understands our client", "[http][client]") {
  CHECK(request_transcript({write_request(Method::get, url("http://a:81/b"), true)}) ==
        "head GET /b 1.1\n  Host=a:81\n  User-Agent=handwave\n  Accept=*/*\nend\n");
}

TEST_CASE("RFC 9112 §6.3, 6: a body of known length", "[http][client][RFC9112]") {
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  CHECK(read(response) == "head 1.1 200 'OK' length 3 keep-alive\n  Content-Length=3\nbody abc\nend\n");
  CHECK(read(response, open) == read(response));
  CHECK(read("HTTP/1.1 404 Not Here\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", open) ==
        "head 1.1 404 'Not Here' length 0\n  Content-Length=0\n  Connection=close\nend\n");
  CHECK(read("HTTP/1.0 200 \r\nContent-Length: 1\r\n\r\nx", open) ==
        "head 1.0 200 '' length 1\n  Content-Length=1\nbody x\nend\n");
}

TEST_CASE("RFC 9112 §7.1: a chunked response", "[http][client][RFC9112]") {
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n",
             open) == "head 1.1 200 'OK' keep-alive\n  Transfer-Encoding=chunked\nbody abcde\nend\n");
}

TEST_CASE("RFC 9112 §6.3, 8: a body until the connection closes", "[http][client][RFC9112]") {
  CHECK(read("HTTP/1.1 200 OK\r\n\r\nabc") == "head 1.1 200 'OK'\nbody abc\nend\n");
  CHECK(read("HTTP/1.1 200 OK\r\n\r\n") == "head 1.1 200 'OK'\nend\n");
  CHECK(read("HTTP/1.1 200 OK\r\n\r\nabc", open) == "head 1.1 200 'OK'\nbody abc\nincomplete\n");
}

TEST_CASE("RFC 9112 §6.3, 1: responses without a body, whatever they say", "[http][client][RFC9112]") {
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", open, Method::head) ==
        "head 1.1 200 'OK' length 0 keep-alive\n  Content-Length=5\nend\n");
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", open, Method::head) ==
        "head 1.1 200 'OK' length 0 keep-alive\n  Transfer-Encoding=chunked\nend\n");
  CHECK(read("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", open) ==
        "head 1.1 304 'Not Modified' length 0 keep-alive\n  Content-Length=5\nend\n");
  CHECK(read("HTTP/1.1 204 No Content\r\n\r\n", open) == "head 1.1 204 'No Content' length 0 keep-alive\nend\n");
  CHECK(read("HTTP/1.1 204 No Content\r\n\r\n") == "head 1.1 204 'No Content' length 0 keep-alive\nend\n");
}

TEST_CASE("RFC 9110 §15.2: interim responses are skipped", "[http][client][RFC9110]") {
  CHECK(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n\r\n", open) ==
        "head 1.1 204 '' length 0 keep-alive\nend\n");
  CHECK(read("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n") ==
        "error: the server switched protocols unasked\n");
  std::string endless;
  for (int i = 0; i < 4000; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(response_transcript({endless}, Method::get, false) == "error: the response's head is too long\n");
}

TEST_CASE("RFC 9112 §8: a response that is cut short is an error", "[http][client][RFC9112]") {
  CHECK(read("") == "error: the server closed without a response\n");
  CHECK(read("HTTP/1.1 200 OK\r\nContent-") == "error: the response is cut short\n");
  CHECK(
      read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab").ends_with("body ab\nerror: the response is cut short\n"));
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            .ends_with("body abc\nerror: the response is cut short\n"));
  CHECK(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
            .ends_with("error: the response is cut short\n"));
  CHECK(read("HTTP/1.1 100 Continue\r\n\r\n") == "error: the server closed without a response\n");
}

TEST_CASE("Responses that cannot be trusted are errors", "[http][client]") {
  CHECK(read("SSH-2.0-x\r\n") == "error: the response is not understood\n");
  CHECK(read("HTTP/2.0 200 OK\r\n\r\n") == "error: the response is not HTTP/1\n");
  CHECK(read("HTTP/1.1 099 \r\n\r\n") == "error: the response's status is out of range\n");
  CHECK(read("HTTP/1.1 600 \r\n\r\n") == "error: the response's status is out of range\n");
  const std::string status = "HTTP/1.1 200 OK\r\n";
  CHECK(read(status + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == "error: the response is not understood\n");
  CHECK(read(status + "Content-Length: x\r\n\r\n") == "error: the response is not understood\n");
  CHECK(read(status + "Transfer-Encoding: gzip, chunked\r\n\r\n") ==
        "error: the response's length or transfer coding is not understood\n");
  CHECK(read(status + "Transfer-Encoding: gzip\r\n\r\n") ==
        "error: the response's length or transfer coding is not understood\n");
  CHECK(read(status + "Transfer-Encoding: chunked\r\n\r\nxyz")
            .ends_with("error: the response's body is not understood\n"));
  CHECK(response_transcript({status + std::string(70000, 'x')}, Method::get, false) ==
        "error: the response's head is too long\n");
  std::string many = status;
  for (int i = 0; i < 201; ++i) many += "X: y\r\n";
  CHECK(response_transcript({many}, Method::get, false) == "error: the response has too many header fields\n");
  const std::string chunked = status + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(response_transcript({chunked + "1;" + std::string(70000, 'x') + "\r\na"}, Method::get, false)
            .ends_with("error: a chunk's extensions or the trailers are too long\n"));
}

TEST_CASE("RFC 9112 §6.3: what follows a response is left where it is", "[http][client][RFC9112]") {
  ResponseParser parser(Method::get);
  std::string_view rest = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1";
  rest.remove_prefix(parser.parse(rest).consumed);
  rest.remove_prefix(parser.parse(rest).consumed);
  const auto end = parser.parse(rest);
  CHECK(end.event == ResponseParser::Event::end);
  rest.remove_prefix(end.consumed);
  CHECK(rest == "HTTP/1.1");
  CHECK(parser.parse(rest).consumed == 0);
}
