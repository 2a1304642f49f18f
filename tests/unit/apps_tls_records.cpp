// How plaintext is cut into records, and how records are collected into what leaves together.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "apps/outbox.hpp"
#include "apps/record_sizing.hpp"
#include "tests/support/segment.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;

/// What the outbox gives until it is empty.
std::vector<std::string> drain(Outbox& outbox) {
  std::vector<std::string> slices;
  while (const auto slice = outbox.take()) slices.emplace_back(as_text(slice->bytes()));
  return slices;
}

}  // namespace

TEST_CASE("The first octets go in records of a segment each, what follows in full ones", "[tls][records]") {
  RecordSizing sizing;
  const Instant start{1h};
  const std::size_t small = RecordSizing::small_phase;
  auto next = sizing.next(start, 1'000'000);
  CHECK(next.octets == small);
  CHECK(next.record_size == RecordSizing::small_record);
  next = sizing.next(start, 1'000'000 - small);
  CHECK(next.octets == 4 * 16383);
  CHECK(next.record_size > 16384);
  next = sizing.next(start + 999ms, 100);
  CHECK(next.octets == 100);
  CHECK(next.record_size > 16384);
}

TEST_CASE("After a pause the records are small again, and several small writes share the beginning", "[tls][records]") {
  RecordSizing sizing;
  Instant now{1h};
  CHECK(sizing.next(now, 1000).record_size == RecordSizing::small_record);
  auto next = sizing.next(now, 1'000'000);
  CHECK(next.octets == RecordSizing::small_phase - 1000);
  CHECK(sizing.next(now, 1'000'000).record_size > 16384);
  now += 1s;
  next = sizing.next(now, 10);
  CHECK(next.octets == 10);
  CHECK(next.record_size == RecordSizing::small_record);
}

TEST_CASE("A small record fits one segment in any version and suite", "[tls][records]") {
  // TLS 1.3 pads plaintext and type to a multiple of 16; 5 octets of header and 16 of tag; TLS 1.2 with GCM adds 29.
  const std::size_t padded = (RecordSizing::small_record + 1 + 15) / 16 * 16;
  const std::size_t segment = 1500 - 40 - 20 - 12;  // IPv6, TCP, timestamps
  CHECK(5 + padded + 16 <= segment);
  CHECK(RecordSizing::small_record + 29 <= segment);
}

TEST_CASE("What was expected together leaves together", "[tls][records]") {
  Outbox outbox;
  CHECK(drain(outbox).empty());
  outbox.expect(100);
  outbox.add(as_bytes("abc"));
  outbox.add(as_bytes("defg"));
  CHECK(drain(outbox) == std::vector<std::string>{"abcdefg"});
  CHECK(drain(outbox).empty());
}

TEST_CASE("More than expected takes another slice, and nothing is lost or out of order", "[tls][records]") {
  Outbox outbox;
  outbox.expect(10);
  std::string all;
  for (std::size_t i = 0; i < 50; ++i) {
    const std::string piece = test::pattern_text(i, i % 7);
    outbox.add(as_bytes(piece));
    all += piece;
  }
  std::string joined;
  for (const std::string& slice : drain(outbox)) joined += slice;
  CHECK(joined == all);
  outbox.add(as_bytes("later"));
  CHECK(drain(outbox) == std::vector<std::string>{"later"});
}
