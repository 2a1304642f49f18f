// RFC 9110 §9, §13, §14, §15: what is answered for static files.
#include "apps/http/static_site.hpp"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/memory_files.hpp"

using namespace handwave::http;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

constexpr sys_seconds now = sys_days{2025y / 6 / 1};
constexpr FileTime modified = sys_days{1994y / 11 / 6} + 8h + 49min + 37s + 5ns;
constexpr const char* modified_text = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A site with a few files, and one answer of it.
struct Fixture {
  Fixture() : site(files) {
    files.add("index.html", "<p>home", modified);
    files.add("digits.txt", "0123456789", modified);
    files.add("empty", "", modified);
    files.add("docs/index.html", "<p>docs", modified);
    files.add("images & more/a.png", "png", modified);
  }

  const Response& request(Method method, std::string_view target, std::vector<Field> fields = {}) {
    Request asked;
    asked.method = method;
    asked.target = target;
    asked.fields = fields;
    site.respond(asked, now, response);
    return response;
  }
  const Response& get(std::string_view target, std::vector<Field> fields = {}) {
    return request(Method::get, target, std::move(fields));
  }
  int status(std::string_view target, std::vector<Field> fields = {}) {
    return code(get(target, std::move(fields)).status);
  }

  /// The value of a field of the latest response; it may stand there once at most.
  [[nodiscard]] std::optional<std::string> field(const std::string& name) const {
    const std::string all = "\r\n" + response.fields;
    const std::string start = "\r\n" + name + ": ";
    const std::size_t at = all.find(start);
    if (at == std::string::npos) return std::nullopt;
    CHECK(all.find(start, at + 1) == std::string::npos);
    const std::size_t begin = at + start.size();
    return all.substr(begin, all.find("\r\n", begin) - begin);
  }

  /// The body of the latest response, and that it is as long as it says.
  [[nodiscard]] std::string body() const {
    std::string out;
    for (const auto& piece : response.body) {
      out += piece.text;
      std::vector<std::uint8_t> octets(piece.length);
      if (piece.length > 0) CHECK(response.file->read(piece.offset, octets) == piece.length);
      out.append(octets.begin(), octets.end());
    }
    CHECK(out.size() == response.body_octets);
    if (!out.empty()) CHECK(field("Content-Length") == std::to_string(out.size()));
    return out;
  }

  MemoryFiles files;
  StaticSite site;
  Response response;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "RFC 9110 §9.3.1: GET sends the file with its type, length and date",
                 "[http][site][RFC9110]") {
  CHECK(status("/digits.txt") == 200);
  CHECK(body() == "0123456789");
  CHECK(field("Content-Type") == "text/plain; charset=utf-8");
  CHECK(field("Content-Length") == "10");
  CHECK(field("Last-Modified") == modified_text);
  CHECK(field("Accept-Ranges") == "bytes");
  CHECK(field("ETag")->starts_with('"'));
  CHECK(status("/digits.txt?query") == 200);
  CHECK(status("http://host/digits.txt") == 200);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §8.6: an empty file has length 0", "[http][site][RFC9110]") {
  CHECK(status("/empty") == 200);
  CHECK(body().empty());
  CHECK(field("Content-Length") == "0");
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §9.3.2: HEAD is GET without the content", "[http][site][RFC9110]") {
  for (const char* target : {"/digits.txt", "/", "/nothing", "/docs", "/%zz"}) {
    INFO(target);
    get(target);
    const std::string fields = response.fields;
    const Status status_of_get = response.status;
    request(Method::head, target);
    CHECK(response.fields == fields);
    CHECK(response.status == status_of_get);
    CHECK(response.body.empty());
    CHECK(response.body_octets == 0);
  }
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §9.3.7: OPTIONS says what is allowed", "[http][site][RFC9110]") {
  for (const char* target : {"*", "/", "/nothing"}) {
    CHECK(request(Method::options, target).status == Status::no_content);
    CHECK(field("Allow") == "GET, HEAD, OPTIONS");
    CHECK_FALSE(field("Content-Length"));  // RFC 9110 §8.6: never with 204
    CHECK(body().empty());
  }
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.6: other methods get 405, and what is allowed", "[http][site][RFC9110]") {
  for (const auto method : {Method::post, Method::put, Method::delete_, Method::patch, Method::trace}) {
    CHECK(request(method, "/digits.txt").status == Status::method_not_allowed);
    CHECK(field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(body().find("405 Method Not Allowed") != std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "A directory is answered with its index.html", "[http][site]") {
  CHECK(status("/") == 200);
  CHECK(body() == "<p>home");
  CHECK(field("Content-Type") == "text/html; charset=utf-8");
  CHECK(status("/docs/") == 200);
  CHECK(body() == "<p>docs");
  CHECK(status("/docs/.") == 200);
  CHECK(status("/images%20&%20more/") == 404);
  CHECK(status("/digits.txt/") == 404);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.4.2: a directory without its slash is redirected", "[http][site][RFC9110]") {
  CHECK(status("/docs") == 301);
  CHECK(field("Location") == "/docs/");
  CHECK(status("/docs?a=b/c") == 301);
  CHECK(field("Location") == "/docs/?a=b/c");
  CHECK(status("/images%20%26%20more") == 301);
  CHECK(field("Location") == "/images%20&%20more/");
  CHECK(body().find("301 Moved Permanently") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §17: a redirect never leads to another host", "[http][site][RFC9110]") {
  files.add("evil.example/index.html", "");
  CHECK(status("//evil.example") == 301);
  CHECK(field("Location") == "/evil.example/");
  CHECK(status("/x/..//evil.example") == 301);
  CHECK(field("Location") == "/evil.example/");
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5, §15.6: what cannot be opened", "[http][site][RFC9110]") {
  files.add_error("secret", OpenError::forbidden);
  files.add_error("busy", OpenError::busy);
  files.add_error("broken", OpenError::failed);
  files.add_special("pipe");
  CHECK(status("/nothing") == 404);
  CHECK(body().find("404 Not Found") != std::string::npos);
  CHECK(field("Content-Type") == "text/html; charset=utf-8");
  CHECK(status("/secret") == 403);
  CHECK(status("/pipe") == 403);
  CHECK(status("/busy") == 503);
  CHECK(status("/broken") == 500);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §17.3: what is opened is relative and has no dot segments",
                 "[http][site][RFC9110]") {
  CHECK(status("/../etc/passwd") == 400);
  CHECK(files.last_opened().empty());
  CHECK(status("/a/..%2f..%2fetc") == 404);
  CHECK(files.last_opened().empty());
  CHECK(status("//a/./b/../etc/passwd") == 404);
  CHECK(files.last_opened() == "a/etc/passwd");
  CHECK(status("//x//") == 404);
  CHECK(files.last_opened() == "x/index.html");
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.4.5: 304 bears the entity tag and no content", "[http][site][RFC9110]") {
  get("/digits.txt");
  const std::string tag = *field("ETag");
  CHECK(status("/digits.txt", {{"If-None-Match", tag}}) == 304);
  CHECK(response.fields == "ETag: " + tag + "\r\n");
  CHECK(response.body.empty());
  CHECK(status("/digits.txt", {{"If-Modified-Since", modified_text}}) == 304);
  CHECK(status("/digits.txt", {{"If-None-Match", "\"x\""}, {"If-Modified-Since", modified_text}}) == 200);
  CHECK(request(Method::head, "/digits.txt", {{"If-None-Match", tag}}).status == Status::not_modified);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.13: 412 if what was asked for has changed", "[http][site][RFC9110]") {
  CHECK(status("/digits.txt", {{"If-Match", "\"x\""}}) == 412);
  CHECK(status("/digits.txt", {{"If-Unmodified-Since", "Sat, 05 Nov 1994 00:00:00 GMT"}}) == 412);
  CHECK(status("/nothing", {{"If-Match", "\"x\""}}) == 404);  // §13.2.1: only after the normal checks
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.3.7.1: a single range", "[http][site][RFC9110]") {
  CHECK(status("/digits.txt", {{"Range", "bytes=2-4"}}) == 206);
  CHECK(body() == "234");
  CHECK(field("Content-Range") == "bytes 2-4/10");
  CHECK(field("Content-Type") == "text/plain; charset=utf-8");
  CHECK(field("ETag"));
  CHECK(status("/digits.txt", {{"Range", "bytes=-3"}}) == 206);
  CHECK(body() == "789");
  CHECK(status("/digits.txt", {{"Range", "bytes=7-, 20-"}}) == 206);  // §15.3.7.2: one range left is no multipart
  CHECK(field("Content-Range") == "bytes 7-9/10");
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.3.7.2: several ranges are parts", "[http][site][RFC9110]") {
  CHECK(status("/digits.txt", {{"Range", "bytes=0-1,8-8"}}) == 206);
  const std::string type = *field("Content-Type");
  constexpr std::string_view prefix = "multipart/byteranges; boundary=";
  REQUIRE(type.starts_with(prefix));
  const std::string boundary = type.substr(prefix.size());
  CHECK(boundary.size() <= 70);  // RFC 2046 §5.1.1
  CHECK_FALSE(field("Content-Range"));
  CHECK(body() == "--" + boundary +
                      "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/10\r\n\r\n01" +
                      "\r\n--" + boundary +
                      "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 8-8/10\r\n\r\n8" + "\r\n--" +
                      boundary + "--\r\n");
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §15.5.17: 416 says how long the file is", "[http][site][RFC9110]") {
  CHECK(status("/digits.txt", {{"Range", "bytes=10-"}}) == 416);
  CHECK(field("Content-Range") == "bytes */10");
  CHECK(body().find("416 Range Not Satisfiable") != std::string::npos);
  CHECK(status("/empty", {{"Range", "bytes=0-"}}) == 416);
}

TEST_CASE_METHOD(Fixture, "RFC 9110 §14.2: where Range is ignored", "[http][site][RFC9110]") {
  CHECK(request(Method::head, "/digits.txt", {{"Range", "bytes=0-1"}}).status == Status::ok);
  CHECK(field("Content-Length") == "10");
  CHECK(status("/digits.txt", {{"Range", "bytes=0-1"}, {"Range", "bytes=2-3"}}) == 200);
  CHECK(status("/digits.txt", {{"Range", "pages=1-2"}}) == 200);
  CHECK(body() == "0123456789");
  get("/digits.txt");
  const std::string tag = *field("ETag");
  CHECK(status("/digits.txt", {{"Range", "bytes=0-1"}, {"If-Range", tag}}) == 206);
  CHECK(status("/digits.txt", {{"Range", "bytes=0-1"}, {"If-Range", "\"old\""}}) == 200);
  CHECK(status("/digits.txt", {{"Range", "bytes=10-"}, {"If-Range", "\"old\""}}) == 200);
  CHECK(status("/digits.txt", {{"Range", "bytes=0-1"}, {"If-None-Match", tag}}) == 304);  // §13.2.2: before Range
}
