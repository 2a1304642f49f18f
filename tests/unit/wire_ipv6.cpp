// The fixed IPv6 header: RFC 8200 §3.
#include "stack/wire/ipv6.hpp"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;

namespace {

using Octets = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("RFC 8200 (3): every field stands where the figure shows it", "[ipv6][RFC8200]") {
  Ipv6Header header;
  header.traffic_class = 0xb9;
  header.flow_label = 0x12345;
  header.payload_length = 4;
  header.next_header = 6;
  header.hop_limit = 61;
  header.source = IpAddress::parse("2001:db8::1").value();
  header.destination = IpAddress::parse("ff02::1:2").value();
  Octets octets(44, 0xee);
  write_ipv6(header, octets);
  const Octets expected = {0x6b, 0x91, 0x23, 0x45, 0, 4, 6, 61,                          //
                           0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 1,  //
                           0xff, 0x02, 0,    0,    0, 0, 0, 0,  0, 0, 0, 0, 0, 1, 0, 2,  //
                           0xee, 0xee, 0xee, 0xee};
  CHECK(octets == expected);
  CHECK(parse_ipv6(octets) == header);
}

TEST_CASE("Versions other than 6 are refused", "[ipv6]") {
  Octets octets(40, 0);
  for (unsigned version = 0; version < 16; ++version) {
    octets[0] = static_cast<std::uint8_t>(version << 4);
    CHECK(parse_ipv6(octets).has_value() == (version == 6));
  }
}

TEST_CASE("A payload length beyond the packet is refused, link padding is not", "[ipv6]") {
  for (std::size_t size = 0; size <= 60; ++size) {
    for (std::uint16_t length = 0; length <= 30; ++length) {
      Octets octets(size, 0);
      if (size > 0) octets[0] = 0x60;
      if (size > 5) store_be16(&octets[4], length);
      CAPTURE(size, length);
      REQUIRE(parse_ipv6(octets).has_value() == (size >= 40 && length <= size - 40));
    }
  }
  Octets octets(50, 0);
  octets[0] = 0x60;
  store_be16(&octets[4], 0xffff);
  CHECK_FALSE(parse_ipv6(octets));
}

TEST_CASE("Random IPv6 headers are read back as they were written", "[ipv6]") {
  Dice dice(81);
  for (int round = 0; round < 10000; ++round) {
    Ipv6Header header = dice.ipv6();
    header.payload_length = static_cast<std::uint16_t>(dice.between(0, 50));
    Octets octets(ipv6_header_size + header.payload_length, 0xee);
    write_ipv6(header, octets);
    REQUIRE(parse_ipv6(octets) == header);
  }
}
