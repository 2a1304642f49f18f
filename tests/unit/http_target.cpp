// RFC 9112 §3.2: request-targets, and that no spelling of one leads out of the root.
#include "apps/http/target.hpp"

#include <catch2/catch_test_macros.hpp>
#include <optional>

using namespace handwave::http;

namespace {

struct Path {
  std::string path;
  bool directory = false;
  friend bool operator==(const Path&, const Path&) = default;
};

std::optional<Path> path_of(std::string_view text) {
  Target target;
  if (!parse_target(text, Method::get, target)) return std::nullopt;
  return Path{target.path, target.directory};
}

int refusal_of(std::string_view text, Method method = Method::get) {
  Target target;
  const auto parsed = parse_target(text, method, target);
  return parsed ? 0 : code(parsed.error());
}

}  // namespace

TEST_CASE("RFC 9112 §3.2.1: origin-form", "[http][target][RFC9112]") {
  CHECK(path_of("/") == Path{"", true});
  CHECK(path_of("/a") == Path{"a", false});
  CHECK(path_of("/a/") == Path{"a", true});
  CHECK(path_of("/a/b.html?x=/../y") == Path{"a/b.html", false});
  Target target;
  REQUIRE(parse_target("/a?b=c?d/%2e", Method::get, target));
  CHECK(target.query == "b=c?d/%2e");
  CHECK_FALSE(target.asterisk);
}

TEST_CASE("RFC 9112 §3.2.2: absolute-form", "[http][target][RFC9112]") {
  CHECK(path_of("http://example/a/b") == Path{"a/b", false});
  CHECK(path_of("HTTPS://example:8443/a/") == Path{"a", true});
  CHECK(path_of("http://example") == Path{"", true});
  CHECK(path_of("http://example?x") == Path{"", true});
  CHECK(path_of("http://[2001:db8::2]:80/a") == Path{"a", false});
  CHECK(refusal_of("http:///a") == 400);
  CHECK(refusal_of("ftp://example/a") == 400);
  CHECK(refusal_of("http:/a") == 400);
  CHECK(refusal_of("example:80") == 400);
  CHECK(refusal_of("a/b") == 400);
  CHECK(refusal_of("") == 400);
}

TEST_CASE("RFC 9112 §3.2.4: asterisk-form is for OPTIONS only", "[http][target][RFC9112]") {
  Target target;
  REQUIRE(parse_target("*", Method::options, target));
  CHECK(target.asterisk);
  CHECK(refusal_of("*", Method::get) == 400);
  CHECK(refusal_of("*a", Method::options) == 400);
  REQUIRE(parse_target("/", Method::options, target));
  CHECK_FALSE(target.asterisk);
}

TEST_CASE("RFC 3986 §2.1: percent-encodings are decoded, once", "[http][target]") {
  CHECK(path_of("/a%20b") == Path{"a b", false});
  CHECK(path_of("/%c3%A4") == Path{"\xc3\xa4", false});
  CHECK(path_of("/%2525") == Path{"%25", false});
  CHECK(path_of("/%252e%252e/a") == Path{"%2e%2e/a", false});
  CHECK(path_of("/%23%3f") == Path{"#?", false});
  for (const char* bad : {"/%", "/%4", "/%4/", "/%zz", "/%4g", "/%%41", "/a%"}) {
    INFO(bad);
    CHECK(refusal_of(bad) == 400);
  }
}

TEST_CASE("RFC 3986 §5.2.4: dot segments and empty ones are removed", "[http][target]") {
  CHECK(path_of("/./a") == Path{"a", false});
  CHECK(path_of("/a/./b") == Path{"a/b", false});
  CHECK(path_of("/a/../b") == Path{"b", false});
  CHECK(path_of("/a/b/../../c/") == Path{"c", true});
  CHECK(path_of("/a/..") == Path{"", true});
  CHECK(path_of("/a/b/.") == Path{"a/b", true});
  CHECK(path_of("//a///b//") == Path{"a/b", true});
  CHECK(path_of("/a/%2e%2E/b") == Path{"b", false});
  CHECK(path_of("/...") == Path{"...", false});
  CHECK(path_of("/..a/b..") == Path{"..a/b..", false});
}

TEST_CASE("RFC 9110 §17.3: no target leads out of the root", "[http][target][RFC9110]") {
  for (const char* bad : {"/..", "/../", "/../etc/passwd", "/a/../../b", "/%2e%2e/etc/passwd", "/.%2e/x", "/%2E./x",
                          "/a/%2e%2e/%2e%2e/x", "//../x", "/./../x", "http://h/../x"}) {
    INFO(bad);
    CHECK(refusal_of(bad) == 400);
  }
}

TEST_CASE("RFC 9110 §17.3: tricks with separators are refused", "[http][target][RFC9110]") {
  CHECK(refusal_of("/..%2fetc/passwd") == 404);
  CHECK(refusal_of("/%2F") == 404);
  for (const char* bad : {"/..\\etc", "/a\\b", "/..%5cetc", "/%5C", "/a%00.html", "/a%0d%0aSet-Cookie:x", "/%7f",
                          "/a#b", "/a?b#c", "/a?b\r\n"}) {
    INFO(bad);
    CHECK(refusal_of(bad) == 400);
  }
  CHECK(refusal_of(std::string_view("/a\0b", 4)) == 400);
}

TEST_CASE("RFC 3986 §2.1: encoding a path is undone by decoding it, for every octet", "[http][target]") {
  for (int octet = 0x20; octet < 256; ++octet) {
    if (octet == 0x7f || octet == '\\' || octet == '/') continue;
    const std::string name{'a', static_cast<char>(octet), 'b'};
    INFO(octet);
    CHECK(path_of('/' + encode_path(name)) == Path{name, false});
  }
  CHECK(encode_path("a b/c%") == "a%20b/c%25");
}
