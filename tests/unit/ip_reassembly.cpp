// Reassembly of fragments by itself: RFC 791 §3.2, RFC 1122 §3.3.2, RFC 5722, RFC 8200 §4.5.
#include "stack/ip/reassembly.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <random>

#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace std::chrono_literals;
using ip::Fragment;
using ip::FragmentFault;
using ip::Reassembly;
using test::Octets;
using test::pattern;

const Octets headers{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17};

Fragment piece(const Octets& whole, std::size_t offset, std::size_t size, std::uint32_t identification = 1) {
  Fragment fragment;
  fragment.key = {test::peer_v4, test::our_v4, 17, identification};
  fragment.offset = static_cast<std::uint32_t>(offset);
  fragment.more_fragments = offset + size < whole.size();
  fragment.payload = Bytes{whole}.subspan(offset, size);
  fragment.headers = headers;
  fragment.headers_kept = headers.size();
  fragment.protocol_position = 9;
  fragment.protocol = 17;
  fragment.max_payload = 65515;
  return fragment;
}

struct World {
  Reassembly reassembly{std::size_t{1} << 20};
  Counters counters;
  Instant now{};

  std::optional<ip::WholeDatagram> add(const Fragment& fragment) { return reassembly.add(now, fragment, counters); }
};

bool same(const ip::WholeDatagram& whole, const Octets& payload) {
  return std::ranges::equal(whole.bytes.bytes().subspan(whole.header_size), payload);
}

/// Cuts `whole` at random multiples of 8.
std::vector<Fragment> cut(const Octets& whole, std::mt19937& random) {
  std::vector<Fragment> pieces;
  for (std::size_t offset = 0; offset < whole.size();) {
    const std::size_t size = std::min<std::size_t>(whole.size() - offset, 8 * (1 + random() % 200));
    pieces.push_back(piece(whole, offset, size));
    offset += size;
  }
  return pieces;
}

}  // namespace

TEST_CASE("RFC 791 §3.2: fragments in any order, with duplicates, make the datagram", "[ip][reassembly][RFC791]") {
  std::mt19937 random{GENERATE(range(0U, 50U))};
  const Octets whole = pattern(9 + random() % 65000);
  auto pieces = cut(whole, random);
  std::ranges::shuffle(pieces, random);
  World world;
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
    REQUIRE_FALSE(world.add(pieces[i]).has_value());
    REQUIRE_FALSE(world.add(pieces[random() % (i + 1)]).has_value());
  }
  const auto made = world.add(pieces.back());
  REQUIRE(made.has_value());
  CHECK(same(*made, whole));
  CHECK(made->header_size == headers.size());
  CHECK(world.reassembly.octets_held() == 0);
  CHECK(world.counters[Counter::fragments_duplicate] == pieces.size() - 1);
  CHECK_FALSE(world.reassembly.poll_timeout().has_value());
}

TEST_CASE("RFC 791 §3.2: datagrams with another key do not mix", "[ip][reassembly][RFC791]") {
  World world;
  const Octets a = pattern(64);
  Octets b = a;
  std::ranges::reverse(b);
  CHECK_FALSE(world.add(piece(a, 0, 32, 1)).has_value());
  CHECK_FALSE(world.add(piece(b, 32, 32, 2)).has_value());
  Fragment other_protocol = piece(b, 32, 32, 1);
  other_protocol.key.protocol = 1;
  CHECK_FALSE(world.add(other_protocol).has_value());
  const auto made_b = world.add(piece(b, 0, 32, 2));
  REQUIRE(made_b.has_value());
  CHECK(same(*made_b, b));
  const auto made_a = world.add(piece(a, 32, 32, 1));
  REQUIRE(made_a.has_value());
  CHECK(same(*made_a, a));
}

TEST_CASE("RFC 5722 §3: an overlap drops the datagram, and what still comes of it", "[ip][reassembly][RFC5722]") {
  World world;
  const Octets whole = pattern(96);
  const std::size_t offset = GENERATE(0U, 8U, 24U, 40U);
  REQUIRE_FALSE(world.add(piece(whole, 16, 32)).has_value());
  Octets forged = whole;
  forged[offset] ^= 1;
  forged[offset + 16] ^= 1;
  CHECK_FALSE(world.add(piece(forged, offset, 24)).has_value());
  CHECK(world.counters[Counter::fragments_invalid] == 1);
  CHECK(world.reassembly.octets_held() == Reassembly::datagram_cost);
  CHECK_FALSE(world.add(piece(whole, 0, 16)).has_value());
  CHECK_FALSE(world.add(piece(whole, 16, 32)).has_value());
  CHECK_FALSE(world.add(piece(whole, 48, 48)).has_value());
  CHECK(world.counters[Counter::fragments_invalid] == 4);
  // Nobody hears about it.
  world.now += Reassembly::time_limit;
  CHECK(world.reassembly.handle_timeout(world.now, world.counters).empty());
  CHECK(world.counters[Counter::fragments_timed_out] == 0);
  CHECK(world.reassembly.octets_held() == 0);
}

TEST_CASE("RFC 5722 §3: the same place with other octets is no duplicate", "[ip][reassembly][RFC5722]") {
  World world;
  const Octets whole = pattern(32);
  Octets forged = whole;
  forged[3] ^= 1;
  CHECK_FALSE(world.add(piece(whole, 0, 16)).has_value());
  CHECK_FALSE(world.add(piece(forged, 0, 16)).has_value());
  CHECK_FALSE(world.add(piece(whole, 16, 16)).has_value());
  CHECK(world.counters[Counter::fragments_invalid] == 2);
}

TEST_CASE("RFC 791 §3.2: fragments that disagree about the end drop the datagram", "[ip][reassembly]") {
  World world;
  const Octets whole = pattern(64);
  const Octets shorter = pattern(48);
  SECTION("a second, earlier end") {
    CHECK_FALSE(world.add(piece(whole, 48, 16)).has_value());
    CHECK_FALSE(world.add(piece(shorter, 32, 16)).has_value());
  }
  SECTION("an end before what is held") {
    CHECK_FALSE(world.add(piece(whole, 40, 16)).has_value());
    CHECK_FALSE(world.add(piece(pattern(32), 16, 16)).has_value());
  }
  SECTION("more beyond the end") {
    CHECK_FALSE(world.add(piece(shorter, 32, 16)).has_value());
    CHECK_FALSE(world.add(piece(whole, 48, 8)).has_value());
  }
  CHECK(world.counters[Counter::fragments_invalid] == 1);
  CHECK(world.reassembly.octets_held() == Reassembly::datagram_cost);
}

TEST_CASE("RFC 1122 §3.3.2: after 60 seconds the datagram is given up", "[ip][reassembly][RFC1122]") {
  World world;
  const Octets whole = pattern(64);
  const bool first_came = GENERATE(true, false);
  CHECK_FALSE(world.add(piece(whole, first_came ? 0 : 16, 16)).has_value());
  CHECK(world.reassembly.poll_timeout() == world.now + 60s);
  world.now += 59s;
  CHECK_FALSE(world.add(piece(whole, 32, 16)).has_value());  // does not begin the time again
  CHECK(world.reassembly.handle_timeout(world.now, world.counters).empty());
  world.now += 1s;
  const auto expired = world.reassembly.handle_timeout(world.now, world.counters);
  CHECK(world.counters[Counter::fragments_timed_out] == 1);
  REQUIRE(expired.size() == (first_came ? 1 : 0));
  if (first_came) {
    CHECK(expired[0].source == test::peer_v4);
    CHECK(expired[0].destination == test::our_v4);
    CHECK(expired[0].first_fragment.size() == headers.size() + 16);
  }
  CHECK(world.reassembly.octets_held() == 0);
}

TEST_CASE("RFC 1122 §3.3.2: memory for fragments is bounded; the oldest datagrams make room", "[ip][reassembly]") {
  World world;
  world.reassembly = Reassembly{64 * 1024};
  const Octets whole = pattern(4096);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    CHECK_FALSE(world.add(piece(whole, 8, 1024, i)).has_value());
    REQUIRE(world.reassembly.octets_held() <= 64 * 1024);
  }
  const auto dropped = world.counters[Counter::fragments_over_limit];
  CHECK(dropped > 900);
  CHECK_FALSE(world.add(piece(whole, 0, 8, 999)).has_value());
  CHECK(world.add(piece(whole, 1032, 3064, 999)).has_value());
}

TEST_CASE("RFC 1122 §3.3.2: tiny fragments do not get around the bound", "[ip][reassembly]") {
  World world;
  world.reassembly = Reassembly{64 * 1024};
  const Octets whole = pattern(65000);
  for (std::uint32_t i = 0; i < 2000; ++i) CHECK_FALSE(world.add(piece(whole, 16, 8, i)).has_value());
  CHECK(2000 - world.counters[Counter::fragments_over_limit] <= 64 * 1024 / Reassembly::datagram_cost);
  // And one datagram does not have more than so many.
  for (std::uint32_t i = 0; i <= Reassembly::max_fragments; ++i) {
    CHECK_FALSE(world.add(piece(whole, 16 * i, 8, 5000)).has_value());
  }
  CHECK(world.counters[Counter::fragments_invalid] == 1);
}

TEST_CASE("RFC 8200 §4.5: some fragments are faulty by themselves", "[ip][reassembly][RFC8200]") {
  const Octets whole = pattern(1000);
  CHECK(ip::fault_of(piece(whole, 0, 16)) == FragmentFault::none);
  CHECK(ip::fault_of(piece(whole, 992, 8)) == FragmentFault::none);
  CHECK(ip::fault_of(piece(whole, 8, 0)) == FragmentFault::empty);
  CHECK(ip::fault_of(piece(whole, 8, 15)) == FragmentFault::ragged);
  Fragment last = piece(whole, 1000 - 9, 9);
  CHECK(ip::fault_of(last) == FragmentFault::none);
  last.offset = 65512;
  CHECK(ip::fault_of(last) == FragmentFault::too_long);
  last.offset = 65504;
  CHECK(ip::fault_of(last) == FragmentFault::none);
}

TEST_CASE("RFC 3168 §5.3: one marked fragment marks the datagram",
          "[ip][reassembly][RFC3168][3168-5.3-a][3168-5.3-b][3168-5.3-c][3168-5.3-d]") {
  World world;
  const Octets whole = pattern(64);
  Fragment first = piece(whole, 0, 32);
  Fragment second = piece(whole, 32, 32);
  first.ecn = wire::EcnField::ect_0;
  second.ecn = wire::EcnField::ce;
  SECTION("beside one that could be marked") {
    CHECK_FALSE(world.add(first).has_value());
    const auto made = world.add(second);
    REQUIRE(made.has_value());
    CHECK(made->congestion_experienced);
  }
  SECTION("but beside one that could not be, the datagram is dropped") {
    first.ecn = wire::EcnField::not_ect;
    CHECK_FALSE(world.add(first).has_value());
    CHECK_FALSE(world.add(second).has_value());
    CHECK(world.counters[Counter::fragments_invalid] == 1);
    CHECK(world.reassembly.octets_held() == 0);
  }
}

TEST_CASE("RFC 3168 §5.3: a mark on a duplicate of a fragment is not lost", "[ip][reassembly][RFC3168][3168-5.3-a]") {
  World world;
  const Octets whole = pattern(64);
  Fragment first = piece(whole, 0, 32);
  Fragment second = piece(whole, 32, 32);
  first.ecn = second.ecn = wire::EcnField::ect_0;
  CHECK_FALSE(world.add(first).has_value());
  first.ecn = wire::EcnField::ce;
  CHECK_FALSE(world.add(first).has_value());
  const auto made = world.add(second);
  REQUIRE(made.has_value());
  CHECK(made->congestion_experienced);
}

TEST_CASE("A copy of a reassembly goes on by itself", "[ip][reassembly][value]") {
  World world;
  const Octets whole = pattern(64);
  CHECK_FALSE(world.add(piece(whole, 0, 32)).has_value());
  World copy = world;
  CHECK(world.add(piece(whole, 32, 32)).has_value());
  CHECK(world.reassembly.octets_held() == 0);
  CHECK(copy.reassembly.octets_held() > 0);
  CHECK(copy.add(piece(whole, 32, 32)).has_value());
}

}  // namespace handwave
