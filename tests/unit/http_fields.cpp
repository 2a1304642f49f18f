// RFC 9110 §5.6: what header fields share; and small tables: methods, reasons, media types.
#include "apps/http/fields.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "apps/http/media_type.hpp"
#include "apps/http/method.hpp"
#include "apps/http/status.hpp"

using namespace handwave::http;

namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> all;
  while (const auto element = next_list_element(list)) all.emplace_back(*element);
  return all;
}

}  // namespace

TEST_CASE("RFC 9110 §5.6.1: elements of lists, without the empty ones", "[http][fields][RFC9110]") {
  CHECK(elements("a, b ,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(elements(" ,, a,\t,").size() == 1);
  CHECK(elements("").empty());
  CHECK(elements(", ,").empty());
}

TEST_CASE("RFC 9110 §5.6.4: a comma in a quoted string separates nothing", "[http][fields][RFC9110]") {
  CHECK(elements("\"a,b\", c") == std::vector<std::string>{"\"a,b\"", "c"});
  CHECK(elements("\"a\\\",b\", c") == std::vector<std::string>{"\"a\\\",b\"", "c"});
  CHECK(elements("\"never, closed").size() == 1);
  CHECK(elements("\"\\").size() == 1);
}

TEST_CASE("RFC 9110 §5.1: names of fields ignore case", "[http][fields][RFC9110]") {
  const std::vector<Field> fields{{"HoSt", "a"}, {"X", "1"}, {"x", "2"}};
  CHECK(single_field(fields, "host") == "a");
  CHECK_FALSE(single_field(fields, "X"));
  CHECK_FALSE(single_field(fields, "Y"));
  CHECK(count_fields(fields, "x") == 2);
  CHECK(equals_ignoring_case("Keep-Alive", "keep-alive"));
  CHECK_FALSE(equals_ignoring_case("a", "ab"));
  CHECK_FALSE(equals_ignoring_case("@", "`"));  // these differ by the same bit as letters do
}

TEST_CASE("RFC 9110 §8.6: decimal numbers are digits and nothing else", "[http][fields][RFC9110]") {
  CHECK(parse_decimal("0") == 0U);
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616", "1,1"}) {
    INFO(bad);
    CHECK_FALSE(parse_decimal(bad));
  }
}

TEST_CASE("RFC 9110 §9.1: methods are case-sensitive, and CONNECT is none of ours", "[http][RFC9110]") {
  for (const auto method : {Method::get, Method::head, Method::options, Method::post, Method::put, Method::delete_,
                            Method::patch, Method::trace}) {
    CHECK(parse_method(to_string(method)) == method);
  }
  CHECK_FALSE(parse_method("get"));
  CHECK_FALSE(parse_method("CONNECT"));
  CHECK_FALSE(parse_method(""));
}

TEST_CASE("RFC 9110 §15: every status that is sent has its phrase", "[http][RFC9110]") {
  for (const auto status : {Status::continue_,
                            Status::switching_protocols,
                            Status::ok,
                            Status::no_content,
                            Status::partial_content,
                            Status::moved_permanently,
                            Status::not_modified,
                            Status::bad_request,
                            Status::forbidden,
                            Status::not_found,
                            Status::method_not_allowed,
                            Status::request_timeout,
                            Status::precondition_failed,
                            Status::content_too_large,
                            Status::uri_too_long,
                            Status::range_not_satisfiable,
                            Status::expectation_failed,
                            Status::request_header_fields_too_large,
                            Status::internal_server_error,
                            Status::not_implemented,
                            Status::service_unavailable,
                            Status::http_version_not_supported}) {
    CHECK_FALSE(reason(status).empty());
  }
  CHECK(reason(Status::not_found) == "Not Found");
  CHECK(reason(static_cast<Status>(299)).empty());
  CHECK(has_no_content(Status::continue_));
  CHECK(has_no_content(Status::no_content));
  CHECK(has_no_content(Status::not_modified));
  CHECK_FALSE(has_no_content(Status::ok));
}

TEST_CASE("RFC 9110 §8.3: media types go by the last suffix, in any case", "[http][RFC9110]") {
  CHECK(media_type("a/index.html") == "text/html; charset=utf-8");
  CHECK(media_type("A.HTML") == "text/html; charset=utf-8");
  CHECK(media_type("jquery.min.js") == "text/javascript; charset=utf-8");
  CHECK(media_type("x.tar.gz") == "application/gzip");
  CHECK(media_type("no-suffix") == "application/octet-stream");
  CHECK(media_type("dir.html/file") == "application/octet-stream");
  CHECK(media_type("a.") == "application/octet-stream");
  CHECK(media_type("") == "application/octet-stream");
}
