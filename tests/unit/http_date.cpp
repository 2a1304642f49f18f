// RFC 9110 §5.6.7: dates in header fields.
#include "apps/http/date.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace handwave::http;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

constexpr sys_seconds the_example = sys_days{1994y / 11 / 6} + 8h + 49min + 37s;
constexpr sys_seconds today = sys_days{2025y / 6 / 1};

std::string written(sys_seconds instant) {
  const auto text = format_date(instant);
  return {text.data(), text.size()};
}

}  // namespace

TEST_CASE("RFC 9110 §5.6.7: dates are written as IMF-fixdate", "[http][date][RFC9110]") {
  CHECK(written(the_example) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(written(sys_seconds{}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(written(sys_days{2024y / 2 / 29} + 23h + 59min + 59s) == "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST_CASE("RFC 9110 §5.6.7: years that four digits cannot say are brought to the nearest", "[http][date][RFC9110]") {
  CHECK(written(sys_days{-3y / 1 / 1}) == "Sat, 01 Jan 0000 00:00:00 GMT");
  CHECK(written(sys_days{20000y / 1 / 1}) == "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("RFC 9110 §5.6.7: all three formats are read", "[http][date][RFC9110]") {
  CHECK(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", today) == the_example);
  CHECK(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", today) == the_example);
  CHECK(parse_date("Sun Nov  6 08:49:37 1994", today) == the_example);
  CHECK(parse_date("Wed Nov 16 08:49:37 1994", today) == the_example + 240h);
}

TEST_CASE("RFC 9110 §5.6.7: a two-digit year over 50 years ahead is in the past", "[http][date][RFC9110]") {
  CHECK(parse_date("Sunday, 01-Jan-75 00:00:00 GMT", today) == sys_days{2075y / 1 / 1});
  CHECK(parse_date("Sunday, 01-Jan-76 00:00:00 GMT", today) == sys_days{1976y / 1 / 1});
}

TEST_CASE("RFC 9110 §5.6.7: what is written is read again, through centuries", "[http][date][RFC9110]") {
  for (sys_seconds instant = sys_days{1900y / 1 / 1}; instant < sys_days{2200y / 1 / 1}; instant += 86399s * 11) {
    REQUIRE(parse_date(written(instant), today) == instant);
  }
}

TEST_CASE("RFC 9110 §5.6.7: a leap second is a valid second", "[http][date][RFC9110]") {
  CHECK(parse_date("Sat, 31 Dec 2016 23:59:60 GMT", today) == sys_days{2017y / 1 / 1});
}

TEST_CASE("RFC 9110 §5.6.7: what is no date is none", "[http][date][RFC9110]") {
  for (const char* text :
       {"", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 94", "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov  ",
        "Sun, 0: Nov 1994 08:49:37 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_date(text, today));
  }
}
