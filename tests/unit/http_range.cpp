// RFC 9110 §14: byte ranges.
#include "apps/http/range.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using namespace handwave::http;

namespace {

using Kind = RangeSelection::Kind;

std::vector<ByteRange> partial(std::string_view value, std::uint64_t size) {
  const auto selection = select_ranges(value, size);
  CHECK(selection.kind == Kind::partial);
  return selection.ranges;
}

}  // namespace

TEST_CASE("RFC 9110 §14.1.2: first and last positions, both inclusive", "[http][range][RFC9110]") {
  CHECK(partial("bytes=0-499", 10000) == std::vector<ByteRange>{{0, 500}});
  CHECK(partial("bytes=500-999", 10000) == std::vector<ByteRange>{{500, 500}});
  CHECK(partial("bytes=0-0", 10000) == std::vector<ByteRange>{{0, 1}});
  CHECK(partial("bytes=9999-9999", 10000) == std::vector<ByteRange>{{9999, 1}});
}

TEST_CASE("RFC 9110 §14.1.2: an open or too long range goes to the end", "[http][range][RFC9110]") {
  CHECK(partial("bytes=9500-", 10000) == std::vector<ByteRange>{{9500, 500}});
  CHECK(partial("bytes=9500-99999", 10000) == std::vector<ByteRange>{{9500, 500}});
  CHECK(partial("bytes=9500-99999999999999999999999", 10000) == std::vector<ByteRange>{{9500, 500}});
  CHECK(partial("bytes=0-", 10000) == std::vector<ByteRange>{{0, 10000}});
}

TEST_CASE("RFC 9110 §14.1.2: a suffix counts from the end", "[http][range][RFC9110]") {
  CHECK(partial("bytes=-500", 10000) == std::vector<ByteRange>{{9500, 500}});
  CHECK(partial("bytes=-20000", 10000) == std::vector<ByteRange>{{0, 10000}});
}

TEST_CASE("RFC 9110 §14.1.2: several ranges in their order, with spaces and empty elements", "[http][range][RFC9110]") {
  CHECK(partial("bytes=0-0,-1", 10000) == std::vector<ByteRange>{{0, 1}, {9999, 1}});
  CHECK(partial("bytes= 500-600 ,, 0-9,", 10000) == std::vector<ByteRange>{{500, 101}, {0, 10}});
}

TEST_CASE("RFC 9110 §14.1.2: unsatisfiable ones are left out, if others remain", "[http][range][RFC9110]") {
  CHECK(partial("bytes=20000-,0-4", 10000) == std::vector<ByteRange>{{0, 5}});
  CHECK(select_ranges("bytes=10000-", 10000).kind == Kind::unsatisfiable);
  CHECK(select_ranges("bytes=-0", 10000).kind == Kind::unsatisfiable);
  CHECK(select_ranges("bytes=0-", 0).kind == Kind::unsatisfiable);
  CHECK(select_ranges("bytes=99999999999999999999999-", 10000).kind == Kind::unsatisfiable);
}

TEST_CASE("RFC 9110 §14.2: other units and bad syntax are ignored", "[http][range][RFC9110]") {
  for (const char* value :
       {"", "bytes", "bytes=", "bytes=,", "lines=0-1", "bytes 0-1", "bytes=a-b", "bytes=1", "bytes=-", "bytes=5-4",
        "bytes=0-4,x", "bytes=0--1", "bytes=+0-1", "bytes=0-1-2", "bytes=0 - 1"}) {
    INFO(value);
    CHECK(select_ranges(value, 10000).kind == Kind::whole);
  }
  CHECK(select_ranges("Bytes=0-1", 10000).kind == Kind::partial);  // range units are case-insensitive (§14.1)
  CHECK(select_ranges("bytes=-5", 0).kind == Kind::whole);         // no Content-Range can say "nothing"
}

TEST_CASE("RFC 9110 §17.15: greedy ranges get the whole and no more", "[http][range][RFC9110]") {
  CHECK(select_ranges("bytes=0-100,50-150", 10000).kind == Kind::whole);   // overlap
  CHECK(select_ranges("bytes=0-,0-", 10000).kind == Kind::whole);          // twice the file
  CHECK(select_ranges("bytes=0-4999,5000-", 10000).kind == Kind::whole);   // all of it
  CHECK(select_ranges("bytes=0-,0-,0-", UINT64_MAX).kind == Kind::whole);  // sums that overflow
  std::string many = "bytes=";
  for (std::size_t i = 0; i < max_ranges; ++i) many += std::to_string(10 * i) + '-' + std::to_string(10 * i) + ',';
  CHECK(partial(many, 10000).size() == max_ranges);
  CHECK(select_ranges(many + "9999-", 10000).kind == Kind::whole);
}
