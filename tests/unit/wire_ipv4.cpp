// The IPv4 header: RFC 791 §3.1.
#include "stack/wire/ipv4.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "stack/wire/checksum.hpp"
#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

using Octets = std::vector<std::uint8_t>;

/// The header with `payload` octets behind it.
Octets written(Ipv4Header header, std::size_t payload) {
  header.total_length = static_cast<std::uint16_t>(ipv4_header_size + payload);
  Octets octets(header.total_length, 0xee);
  write_ipv4(header, octets);
  return octets;
}

}  // namespace

TEST_CASE("RFC 791 (3.1): every field stands where the figure shows it", "[ipv4][RFC791]") {
  Ipv4Header header;
  header.traffic_class = 0xb9;
  header.total_length = 24;
  header.identification = 0x0102;
  header.dont_fragment = true;
  header.more_fragments = true;
  header.fragment_offset = 0x0304 * 8;
  header.ttl = 61;
  header.protocol = 6;
  header.source = IpAddress::v4(192, 0, 2, 1);
  header.destination = IpAddress::v4(198, 51, 100, 7);
  Octets octets(24, 0xee);
  write_ipv4(header, octets);
  Octets expected = {0x45, 0xb9, 0, 24, 1,   2,  0x63, 4, 61,   6,    0,    0,
                     192,  0,    2, 1,  198, 51, 100,  7, 0xee, 0xee, 0xee, 0xee};
  std::copy_n(octets.begin() + 10, 2, expected.begin() + 10);  // the checksum has a test of its own
  CHECK(octets == expected);
  CHECK(parse_ipv4(octets) == header);
  CHECK(ipv4_checksum_right(octets, 20));
}

TEST_CASE("A known header has its known checksum", "[ipv4]") {
  Ipv4Header header;
  header.total_length = 84;
  header.dont_fragment = true;
  header.ttl = 64;
  header.protocol = 1;
  header.source = IpAddress::v4(192, 0, 2, 1);
  header.destination = IpAddress::v4(192, 0, 2, 2);
  Octets octets(20);
  write_ipv4(header, octets);
  CHECK(load_be16(&octets[10]) == 0xb6a5);
}

TEST_CASE("Any bit of the header turned over makes its checksum wrong", "[ipv4]") {
  Dice dice(61);
  Octets octets = written(dice.ipv4(), 4);
  for (std::size_t bit = 0; bit < 8 * ipv4_header_size; ++bit) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] ^ 1U << bit % 8);
    CHECK_FALSE(ipv4_checksum_right(octets, ipv4_header_size));
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] ^ 1U << bit % 8);
  }
  CHECK(ipv4_checksum_right(octets, ipv4_header_size));
}

TEST_CASE("Other versions are refused", "[ipv4]") {
  Dice dice(62);
  Octets octets = written(dice.ipv4(), 20);
  for (unsigned version = 0; version < 16; ++version) {
    octets[0] = static_cast<std::uint8_t>(version << 4 | 5);
    CHECK(parse_ipv4(octets).has_value() == (version == 4));
  }
}

TEST_CASE("Every header length against every total length and every packet size", "[ipv4]") {
  Dice dice(63);
  for (std::size_t size = 20; size <= 64; ++size) {
    Octets octets(size, 0);
    for (unsigned words = 0; words < 16; ++words) {
      octets[0] = static_cast<std::uint8_t>(4 << 4 | words);
      for (std::uint16_t total = 0; total <= 70; ++total) {
        store_be16(&octets[2], total);
        const auto header = parse_ipv4(octets);
        CAPTURE(size, words, total);
        REQUIRE(header.has_value() == (words >= 5 && total >= words * 4 && total <= size));
        if (header) {
          REQUIRE(header->header_size == words * 4);
          REQUIRE(header->total_length == total);
        }
      }
    }
  }
}

TEST_CASE("A packet cut short at any length is refused", "[ipv4]") {
  Dice dice(64);
  const Octets octets = written(dice.ipv4(), 10);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    const Octets cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(parse_ipv4(cut));
  }
}

TEST_CASE("A header with options is read, and its checksum covers them", "[ipv4]") {
  Octets octets(28, 0);
  octets[0] = 0x47;
  store_be16(&octets[2], 28);
  for (std::size_t i = 20; i < 28; ++i) octets[i] = 1;
  store_be16(&octets[10], static_cast<std::uint16_t>(~ones_complement_sum(octets)));
  const auto header = parse_ipv4(octets);
  REQUIRE(header);
  CHECK(header->header_size == 28);
  CHECK(ipv4_checksum_right(octets, header->header_size));
  octets[27] = 2;
  CHECK_FALSE(ipv4_checksum_right(octets, header->header_size));
}

TEST_CASE("Fragments are what has more to follow or does not begin at zero", "[ipv4]") {
  Ipv4Header header;
  CHECK_FALSE(header.is_fragment());
  header.more_fragments = true;
  CHECK(header.is_fragment());
  header.fragment_offset = 8;
  CHECK(header.is_fragment());
  header.more_fragments = false;
  CHECK(header.is_fragment());
}

TEST_CASE("Random IPv4 headers are read back as they were written", "[ipv4]") {
  Dice dice(65);
  for (int round = 0; round < 10000; ++round) {
    Ipv4Header header = dice.ipv4();
    const std::size_t payload = dice.between(0, 50);
    const Octets octets = written(header, payload);
    header.total_length = static_cast<std::uint16_t>(20 + payload);
    REQUIRE(parse_ipv4(octets) == header);
    REQUIRE(ipv4_checksum_right(octets, ipv4_header_size));
  }
}
