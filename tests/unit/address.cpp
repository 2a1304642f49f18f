// Addresses: text both ways, kinds, networks.
#include "stack/address.hpp"

#include <arpa/inet.h>

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tests/support/dice.hpp"

using namespace handwave;
using handwave::test::Dice;

namespace {

/// The C library's verdict and octets, as an oracle.
std::optional<IpAddress> by_the_c_library(const std::string& text) {
  std::array<std::uint8_t, 16> octets;
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return IpAddress::from_octets(Bytes(octets).first(4));
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return IpAddress::from_octets(octets);
  return std::nullopt;
}

std::string canonical(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "malformed";
}

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

AddressPrefix prefix(std::string_view text) { return AddressPrefix::parse(text).value(); }

}  // namespace

TEST_CASE("IPv4 addresses are four decimal numbers without leading zeros", "[address]") {
  CHECK(IpAddress::parse("192.0.2.1") == IpAddress::v4(192, 0, 2, 1));
  CHECK(IpAddress::parse("0.0.0.0") == IpAddress());
  CHECK(IpAddress::parse("255.255.255.255") == IpAddress::v4(255, 255, 255, 255));
  for (const char* text :
       {"",         ".",         "1",         "1.2.3",      "1.2.3.",   ".1.2.3",           "1.2.3.4.", "1.2.3.4.5",
        "1..2.3",   "256.1.1.1", "1.1.1.256", "1.1.1.1000", "01.2.3.4", "1.2.3.00",         "+1.2.3.4", "-1.2.3.4",
        " 1.2.3.4", "1.2.3.4 ",  "0x1.2.3.4", "1.2.3.a",    "1,2,3,4",  "99999999999.1.1.1"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

TEST_CASE("IPv6 addresses are read in every form of RFC 4291 §2.2, and in no other", "[address][RFC4291]") {
  for (const char* text : {"::", "::1", "1::", "2001:db8::8:800:200c:417a", "2001:DB8:0:0:8:800:200C:417A",
                           "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::13.1.68.3",
                           "::FFFF:129.144.52.38", "1:2:3:4:5:6:1.2.3.4", "1::1.2.3.4", "00ab::0001"}) {
    CAPTURE(text);
    REQUIRE(IpAddress::parse(text));
    CHECK(IpAddress::parse(text) == by_the_c_library(text));
  }
  for (const char* text : {":",
                           ":::",
                           "1",
                           "1:",
                           ":1",
                           "1:2",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:",
                           ":2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:8:",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           "1:2:3:4::5:6:7:8",
                           "1::2::3",
                           "::1::",
                           "12345::",
                           "::g",
                           "::1.2.3",
                           "::1.2.3.4.5",
                           "::1.2.3.256",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "1:2:3:4:5:1.2.3.4",
                           "::1%eth0",
                           " ::1",
                           "::1 ",
                           "[::1]",
                           "::1/64",
                           "::+1",
                           "::-1",
                           "::0x1"}) {
    CAPTURE(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

TEST_CASE("Random text around addresses: the same verdict as the C library", "[address]") {
  Dice dice(11);
  constexpr std::string_view alphabet = "::::..0123456789abfF";
  int accepted = 0;
  for (int round = 0; round < 50000; ++round) {
    // Most texts are an address with a few characters changed: those come near the border between right and wrong.
    std::string text = (dice.one_in(3) ? dice.v4() : dice.v6()).to_string();
    for (std::uint64_t changes = dice.between(0, 3); changes != 0; --changes) {
      const std::size_t at = dice.between(0, text.size());
      const char character = alphabet[dice.between(0, alphabet.size() - 1)];
      if (at == text.size() || dice.one_in(3)) {
        text.insert(at, 1, character);
      } else if (dice.one_in(2)) {
        text.erase(at, 1);
      } else {
        text[at] = character;
      }
    }
    CAPTURE(text);
    REQUIRE(IpAddress::parse(text) == by_the_c_library(text));
    accepted += IpAddress::parse(text).has_value() ? 1 : 0;
  }
  CHECK(accepted > 5000);
  CHECK(accepted < 45000);
}

TEST_CASE("RFC 5952 §4: IPv6 addresses have one text", "[address][RFC5952]") {
  CHECK(canonical("2001:0DB8:0000:0000:0000:0000:0002:0001") == "2001:db8::2:1");  // 4.1, 4.2.1, 4.3
  CHECK(canonical("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");              // 4.2.2: not for one group
  CHECK(canonical("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");                       // 4.2.3: the longest run
  CHECK(canonical("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");                 // 4.2.3: the first of equals
  CHECK(canonical("0:0:0:0:0:0:0:0") == "::");
  CHECK(canonical("0:0:0:0:0:0:0:1") == "::1");
  CHECK(canonical("1:0:0:0:0:0:0:0") == "1::");
  CHECK(canonical("fe80:0:0:0:0:0:0:a0") == "fe80::a0");
  CHECK(canonical("::ffff:c000:201") == "::ffff:192.0.2.1");  // 5
  CHECK(canonical("0:0:0:0:0:0:c000:201") == "::c000:201");
}

TEST_CASE("What is written is read back, and parses alike elsewhere", "[address]") {
  Dice dice(12);
  for (int round = 0; round < 5000; ++round) {
    const IpAddress original = dice.one_in(4) ? dice.v4() : dice.v6();
    const std::string text = original.to_string();
    CAPTURE(text);
    REQUIRE(IpAddress::parse(text) == original);
    REQUIRE(by_the_c_library(text) == original);
    REQUIRE(IpAddress::from_octets(original.octets()) == original);
  }
}

TEST_CASE("Kinds of addresses", "[address]") {
  CHECK(address("0.0.0.0").is_unspecified());
  CHECK(address("::").is_unspecified());
  CHECK_FALSE(address("0.0.0.1").is_unspecified());
  CHECK_FALSE(address("::1").is_unspecified());
  CHECK(address("127.0.0.1").is_loopback());
  CHECK(address("127.255.255.254").is_loopback());
  CHECK(address("::1").is_loopback());
  CHECK_FALSE(address("128.0.0.1").is_loopback());
  CHECK_FALSE(address("::2").is_loopback());
  CHECK_FALSE(address("1::1").is_loopback());
  CHECK_FALSE(address("7f00::").is_loopback());
  CHECK(address("224.0.0.0").is_multicast());
  CHECK(address("239.255.255.255").is_multicast());
  CHECK_FALSE(address("223.255.255.255").is_multicast());
  CHECK_FALSE(address("240.0.0.0").is_multicast());
  CHECK(address("ff02::1").is_multicast());
  CHECK_FALSE(address("fe80::1").is_multicast());
  CHECK_FALSE(address("e000::").is_multicast());
  CHECK(address("255.255.255.255").is_limited_broadcast());
  CHECK_FALSE(address("255.255.255.254").is_limited_broadcast());
  CHECK_FALSE(address("ffff:ffff::").is_limited_broadcast());
  CHECK(address("0.0.0.0") != address("::"));
}

TEST_CASE("Prefixes are read with lengths that fit their family", "[address]") {
  CHECK(prefix("192.0.2.2/24") == AddressPrefix{IpAddress::v4(192, 0, 2, 2), 24});
  CHECK(prefix("2001:db8::2/64").length == 64);
  CHECK(prefix("::/0").length == 0);
  CHECK(prefix("::1/128").length == 128);
  CHECK(prefix("192.0.2.2/24").to_string() == "192.0.2.2/24");
  CHECK(prefix("2001:DB8::2/64").to_string() == "2001:db8::2/64");
  for (const char* text : {"192.0.2.2", "192.0.2.2/", "192.0.2.2/33", "192.0.2.2/-1", "192.0.2.2/024", "192.0.2/24",
                           "/24", "::1/129", "::1/256", "::1/64/64", "::1/ 64", "::1/6a", "::1/1000"}) {
    CAPTURE(text);
    CHECK_FALSE(AddressPrefix::parse(text));
  }
}

TEST_CASE("A prefix contains what shares its first bits", "[address]") {
  CHECK(prefix("192.0.2.2/24").contains(address("192.0.2.255")));
  CHECK_FALSE(prefix("192.0.2.2/24").contains(address("192.0.3.2")));
  CHECK(prefix("10.128.0.0/9").contains(address("10.255.0.1")));
  CHECK_FALSE(prefix("10.128.0.0/9").contains(address("10.127.255.255")));
  CHECK(prefix("0.0.0.0/0").contains(address("255.1.2.3")));
  CHECK_FALSE(prefix("0.0.0.0/0").contains(address("::")));
  CHECK(prefix("192.0.2.2/32").contains(address("192.0.2.2")));
  CHECK_FALSE(prefix("192.0.2.2/32").contains(address("192.0.2.3")));
  CHECK(prefix("192.0.2.2/31").contains(address("192.0.2.3")));
  CHECK(prefix("2001:db8::/63").contains(address("2001:db8:0:1::5")));
  CHECK_FALSE(prefix("2001:db8::/64").contains(address("2001:db8:0:1::5")));
  CHECK(prefix("::1/128").contains(address("::1")));
  CHECK_FALSE(prefix("::1/128").contains(address("::")));
}

TEST_CASE("RFC 1122 §3.2.1.3: the directed broadcast address has all host bits set", "[address][RFC1122]") {
  CHECK(prefix("192.0.2.2/24").broadcast() == address("192.0.2.255"));
  CHECK(prefix("10.1.2.3/8").broadcast() == address("10.255.255.255"));
  CHECK(prefix("10.1.2.3/13").broadcast() == address("10.7.255.255"));
  CHECK(prefix("192.0.2.5/30").broadcast() == address("192.0.2.7"));
  CHECK(prefix("1.2.3.4/0").broadcast() == address("255.255.255.255"));
  CHECK_FALSE(prefix("192.0.2.2/31").broadcast());
  CHECK_FALSE(prefix("192.0.2.2/32").broadcast());
  CHECK_FALSE(prefix("2001:db8::2/64").broadcast());
}

TEST_CASE("Sockets as text keep the port apart from the address", "[address]") {
  CHECK(Endpoint{address("192.0.2.1"), 80}.to_string() == "192.0.2.1:80");
  CHECK(Endpoint{address("2001:db8::1"), 65535}.to_string() == "[2001:db8::1]:65535");
}
