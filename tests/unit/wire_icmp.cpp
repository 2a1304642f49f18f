// What every ICMP message begins with: RFC 792, RFC 4443 §2.1.
#include "stack/wire/icmp.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

TEST_CASE("RFC 792: type, code, checksum and a word whose meaning depends", "[icmp][RFC792]") {
  std::vector<std::uint8_t> octets(10, 0xee);
  const IcmpHeader header{.type = icmpv4::echo_request, .code = 3, .rest = 0x01020304};
  write_icmp(header, octets);
  CHECK(octets == std::vector<std::uint8_t>{8, 3, 0, 0, 1, 2, 3, 4, 0xee, 0xee});
  CHECK(parse_icmp(octets) == header);
}

TEST_CASE("An ICMP message of less than eight octets is refused", "[icmp]") {
  for (std::size_t size = 0; size <= 12; ++size) {
    const std::vector<std::uint8_t> octets(size, 1);
    CHECK(parse_icmp(octets).has_value() == (size >= icmp_header_size));
  }
}

TEST_CASE("Random ICMP headers are read back as they were written", "[icmp]") {
  Dice dice(71);
  for (int round = 0; round < 5000; ++round) {
    const IcmpHeader header{
        .type = dice.any<std::uint8_t>(), .code = dice.any<std::uint8_t>(), .rest = dice.any<std::uint32_t>()};
    auto octets = dice.octets(8);
    write_icmp(header, octets);
    REQUIRE(load_be16(&octets[2]) == 0);
    REQUIRE(parse_icmp(octets) == header);
  }
}
