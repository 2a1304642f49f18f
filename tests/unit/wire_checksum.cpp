// The Internet checksum: RFC 1071's own examples, and a plain octet-by-octet sum beside ours.
#include "stack/wire/checksum.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

/// RFC 1071 §1 word by word, with no cleverness.
std::uint16_t plain_sum(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

constexpr std::array<std::uint8_t, 8> example = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

}  // namespace

TEST_CASE("RFC 1071 (3): the numerical examples", "[checksum][RFC1071]") {
  CHECK(ones_complement_sum(example) == 0xddf2);
  CHECK(static_cast<std::uint16_t>(~ones_complement_sum(example)) == 0x220d);

  // The last example: two groups, of which the second begins at an odd place.
  ChecksumAccumulator odd;
  odd.add(Bytes(example).first(3));
  odd.add(Bytes(example).subspan(3));
  CHECK(odd.sum() == 0xddf2);
  CHECK(odd.checksum() == 0x220d);
  ChecksumAccumulator even;
  even.add(Bytes(example).first(4));
  CHECK(even.sum() == 0xf204);
  even.add(Bytes(example).subspan(4));
  CHECK(even.sum() == 0xddf2);
}

TEST_CASE("A known IPv4 header sums to its checksum", "[checksum]") {
  // 192.0.2.1 > 192.0.2.2, ICMP, 84 octets, DF; the words were added by hand.
  const std::array<std::uint8_t, 20> header = {0x45, 0x00, 0x00, 0x54, 0x00, 0x00, 0x40, 0x00, 0x40, 0x01,
                                               0x00, 0x00, 0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02};
  CHECK(static_cast<std::uint16_t>(~ones_complement_sum(header)) == 0xb6a5);
}

TEST_CASE("Every length at every alignment gives the plain sum", "[checksum]") {
  Dice dice(31);
  const auto octets = dice.octets(400);
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t size = 0; size <= 200; ++size) {
      const Bytes run = Bytes(octets).subspan(offset, size);
      CAPTURE(offset, size);
      REQUIRE(ones_complement_sum(run) == plain_sum(run));
    }
  }
}

TEST_CASE("Sums that carry everywhere, and long ones, do not lose a carry", "[checksum]") {
  for (const std::size_t size : {1U, 2U, 31U, 32U, 33U, 4096U, 65535U, 200001U}) {
    CAPTURE(size);
    const std::vector<std::uint8_t> ones(size, 0xff);
    CHECK(ones_complement_sum(ones) == plain_sum(ones));
    const std::vector<std::uint8_t> zeros(size, 0);
    CHECK(ones_complement_sum(zeros) == 0);  // only zeros sum to +0: anything else comes out as 0xffff
  }
  CHECK(ones_complement_sum({}) == 0);
  CHECK(ones_complement_sum({}, 0x1234) == 0x1234);
}

TEST_CASE("A sum continues from an initial one", "[checksum]") {
  Dice dice(32);
  for (int round = 0; round < 2000; ++round) {
    const auto octets = dice.octets(2 * dice.between(0, 40));
    const auto initial = dice.any<std::uint16_t>();
    std::vector<std::uint8_t> joined(2);
    store_be16(joined.data(), initial);
    joined.insert(joined.end(), octets.begin(), octets.end());
    REQUIRE(ones_complement_sum(octets, initial) == plain_sum(joined));
  }
}

TEST_CASE("The accumulator does not care where a packet is cut, odd lengths included", "[checksum]") {
  Dice dice(33);
  for (int round = 0; round < 2000; ++round) {
    const auto octets = dice.octets(dice.between(0, 300));
    ChecksumAccumulator accumulator;
    for (Bytes rest = octets; !rest.empty();) {
      const std::size_t size = dice.between(0, rest.size());
      accumulator.add(rest.first(size));
      rest = rest.subspan(size);
    }
    REQUIRE(accumulator.sum() == plain_sum(octets));
    REQUIRE(accumulator.checksum() == static_cast<std::uint16_t>(~plain_sum(octets)));
  }
}

TEST_CASE("The pseudo-header is summed as its figure shows it", "[checksum][MUST-2]") {
  Dice dice(34);
  for (int round = 0; round < 1000; ++round) {
    const auto protocol = dice.any<std::uint8_t>();
    const auto length = dice.any<std::uint16_t>();
    const IpAddress source4 = dice.v4();
    const IpAddress destination4 = dice.v4();
    std::vector<std::uint8_t> figure(12);  // RFC 9293 §3.1
    std::copy_n(source4.octets().begin(), 4, figure.begin());
    std::copy_n(destination4.octets().begin(), 4, figure.begin() + 4);
    figure[9] = protocol;
    store_be16(&figure[10], length);
    REQUIRE(pseudo_header_sum(source4, destination4, protocol, length) == plain_sum(figure));

    const IpAddress source6 = dice.v6();
    const IpAddress destination6 = dice.v6();
    const auto long_length = dice.any<std::uint32_t>();
    figure.assign(40, 0);  // RFC 8200 §8.1
    std::copy_n(source6.octets().begin(), 16, figure.begin());
    std::copy_n(destination6.octets().begin(), 16, figure.begin() + 16);
    store_be32(&figure[32], long_length);
    figure[39] = protocol;
    REQUIRE(pseudo_header_sum(source6, destination6, protocol, long_length) == plain_sum(figure));
  }
}
