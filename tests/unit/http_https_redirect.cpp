// RFC 9110 §15.4.9: from plain HTTP to the same place over HTTPS.
#include "apps/http/https_redirect.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

using namespace handwave::http;

namespace {

struct Answer {
  int status;
  std::string location;
};

Answer ask(std::string_view target, std::vector<Field> fields, std::uint16_t port = 443, Method method = Method::get) {
  HttpsRedirect site{port};
  Request request;
  request.method = method;
  request.target = target;
  request.fields = fields;
  Response response;
  site.respond(request, {}, response);
  const std::string name = "Location: ";
  const std::size_t at = response.fields.find(name);
  std::string location;
  if (at != std::string::npos)
    location = response.fields.substr(at + name.size(), response.fields.find("\r\n", at) - at - name.size());
  return {code(response.status), location};
}

}  // namespace

TEST_CASE("Every request is sent to the same host, path and query over https", "[http][redirect]") {
  const Answer answer = ask("/a%20b/c?x=1&y", {{"Host", "www.example.org"}});
  CHECK(answer.status == 308);
  CHECK(answer.location == "https://www.example.org/a%20b/c?x=1&y");
  CHECK(ask("/", {{"Host", "www.example.org"}}).location == "https://www.example.org/");
  CHECK(ask("/d/", {{"Host", "h"}}).location == "https://h/d/");
  CHECK(ask("/x", {{"Host", "h"}}, 443, Method::head).status == 308);
}

TEST_CASE("The port of plain HTTP goes, that of HTTPS comes unless it is the usual one", "[http][redirect]") {
  CHECK(ask("/x", {{"Host", "h:8080"}}, 8443).location == "https://h:8443/x");
  CHECK(ask("/x", {{"Host", "[2001:db8::2]:80"}}).location == "https://[2001:db8::2]/x");
  CHECK(ask("/x", {{"Host", "[2001:db8::2]"}}, 8443).location == "https://[2001:db8::2]:8443/x");
}

TEST_CASE("RFC 9112 §3.2.2: the host of an absolute-form goes before the one of Host", "[http][redirect][RFC9112]") {
  CHECK(ask("http://other:80/x", {{"Host", "h"}}).location == "https://other/x");
  CHECK(ask("http://[2001:db8::2]/x", {{"Host", "h"}}, 8443).location == "https://[2001:db8::2]:8443/x");
  CHECK(ask("http://other", {}).location == "https://other/");
  CHECK(ask("http://user@other/x", {{"Host", "h"}}).status == 400);
  CHECK(ask("http://:80/x", {{"Host", "h"}}).status == 400);
}

TEST_CASE("A request that names no host, or makes no sense, gets no redirect", "[http][redirect]") {
  for (const Answer& answer : {ask("/x", {}), ask("/x", {{"Host", ""}}), ask("/x", {{"Host", ":80"}}),
                               ask("x", {{"Host", "h"}}), ask("/../../x", {{"Host", "h"}})}) {
    CHECK(answer.status == 400);
    CHECK(answer.location.empty());
  }
}
