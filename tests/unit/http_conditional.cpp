// RFC 9110 §13: preconditions.
#include "apps/http/conditional.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace handwave::http;
using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

namespace {

constexpr sys_seconds modified = sys_days{1994y / 11 / 6} + 8h + 49min + 37s;
constexpr sys_seconds now = sys_days{2025y / 6 / 1};
constexpr const char* same_date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* later = "Sun, 06 Nov 1994 08:49:38 GMT";

const Validators current{.entity_tag = "\"a,b\"", .last_modified = modified};

Precondition evaluate(std::vector<Field> fields) { return evaluate_preconditions(fields, current, now); }
bool range_holds(std::vector<Field> fields) { return range_applies(fields, current, now); }

}  // namespace

TEST_CASE("RFC 9110 §8.8: validators differ for another size and for another nanosecond", "[http][RFC9110]") {
  const FileInfo info{.kind = FileInfo::Kind::regular, .size = 1024, .modified = FileTime(modified) + 5ns};
  FileInfo longer = info;
  ++longer.size;
  FileInfo newer = info;
  newer.modified += 1ns;
  Validators a, b, c;
  make_validators(info, now, a);
  make_validators(longer, now, b);
  make_validators(newer, now, c);
  CHECK(a.entity_tag.starts_with('"'));
  CHECK(a.entity_tag.ends_with('"'));
  CHECK(a.entity_tag != b.entity_tag);
  CHECK(a.entity_tag != c.entity_tag);
  CHECK(a.last_modified == modified);
}

TEST_CASE("RFC 9110 §8.8.2.1: Last-Modified is never later than Date", "[http][RFC9110]") {
  Validators validators;
  make_validators({.kind = FileInfo::Kind::regular, .size = 1, .modified = FileTime(now) + 24h}, now, validators);
  CHECK(validators.last_modified == now);
}

TEST_CASE("RFC 9110 §13.1.1: If-Match compares strongly", "[http][conditional][RFC9110]") {
  CHECK(evaluate({{"If-Match", "\"a,b\""}}) == Precondition::passed);
  CHECK(evaluate({{"if-match", "\"x\" , \"a,b\""}}) == Precondition::passed);
  CHECK(evaluate({{"If-Match", "\"x\""}, {"If-Match", "\"a,b\""}}) == Precondition::passed);
  CHECK(evaluate({{"If-Match", "*"}}) == Precondition::passed);
  CHECK(evaluate({{"If-Match", "\"x\""}}) == Precondition::failed);
  CHECK(evaluate({{"If-Match", "W/\"a,b\""}}) == Precondition::failed);
  CHECK(evaluate({{"If-Match", ""}}) == Precondition::failed);
}

TEST_CASE("RFC 9110 §13.1.2: If-None-Match compares weakly", "[http][conditional][RFC9110]") {
  CHECK(evaluate({{"If-None-Match", "\"a,b\""}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-None-Match", "W/\"a,b\""}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-None-Match", "\"x\", W/\"a,b\""}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-None-Match", "*"}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-None-Match", "\"x\", \"y\""}}) == Precondition::passed);
}

TEST_CASE("RFC 9110 §13.1.3: If-Modified-Since", "[http][conditional][RFC9110]") {
  CHECK(evaluate({{"If-Modified-Since", same_date}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-Modified-Since", later}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-Modified-Since", earlier}}) == Precondition::passed);
  CHECK(evaluate({{"If-Modified-Since", "not a date"}}) == Precondition::passed);
  CHECK(evaluate({{"If-Modified-Since", same_date}, {"If-Modified-Since", same_date}}) == Precondition::passed);
}

TEST_CASE("RFC 9110 §13.1.4: If-Unmodified-Since", "[http][conditional][RFC9110]") {
  CHECK(evaluate({{"If-Unmodified-Since", same_date}}) == Precondition::passed);
  CHECK(evaluate({{"If-Unmodified-Since", earlier}}) == Precondition::failed);
  CHECK(evaluate({{"If-Unmodified-Since", "not a date"}}) == Precondition::passed);
}

TEST_CASE("RFC 9110 §13.2.2: entity tags take precedence over dates, matching over not matching",
          "[http][conditional][RFC9110]") {
  CHECK(evaluate({{"If-Unmodified-Since", earlier}, {"If-Match", "\"a,b\""}}) == Precondition::passed);
  CHECK(evaluate({{"If-Modified-Since", later}, {"If-None-Match", "\"x\""}}) == Precondition::passed);
  CHECK(evaluate({{"If-None-Match", "\"a,b\""}, {"If-Match", "\"x\""}}) == Precondition::failed);
  CHECK(evaluate({{"If-None-Match", "\"a,b\""}, {"If-Match", "\"a,b\""}}) == Precondition::not_modified);
  CHECK(evaluate({{"If-Modified-Since", same_date}, {"If-Unmodified-Since", earlier}}) == Precondition::failed);
}

TEST_CASE("RFC 9110 §13.1.5: If-Range needs an exact and strong match", "[http][conditional][RFC9110]") {
  CHECK(range_holds({}));
  CHECK(range_holds({{"If-Range", "\"a,b\""}}));
  CHECK_FALSE(range_holds({{"If-Range", "W/\"a,b\""}}));
  CHECK_FALSE(range_holds({{"If-Range", "\"x\""}}));
  CHECK(range_holds({{"If-Range", same_date}}));
  CHECK_FALSE(range_holds({{"If-Range", later}}));
  CHECK_FALSE(range_holds({{"If-Range", earlier}}));
  CHECK_FALSE(range_holds({{"If-Range", ""}}));
  CHECK_FALSE(range_holds({{"If-Range", "\"a,b\""}, {"If-Range", "\"a,b\""}}));
}

TEST_CASE("RFC 9110 §8.8.2.2: a date is no strong validator for a file that has just changed", "[http][RFC9110]") {
  const std::vector<Field> fields{{"If-Range", same_date}};
  CHECK_FALSE(range_applies(fields, current, modified + 59s));
  CHECK(range_applies(fields, current, modified + 60s));
}
