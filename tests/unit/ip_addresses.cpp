// Addresses of ours and of others: RFC 1122 §3.2.1.3, RFC 9293 §3.9.1.1.
#include "stack/ip/addresses.hpp"

#include <catch2/catch_test_macros.hpp>

namespace handwave {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

ip::Addresses host() {
  return ip::Addresses{{AddressPrefix::parse("192.0.2.2/24").value(), AddressPrefix::parse("10.1.2.3/8").value(),
                        AddressPrefix::parse("10.200.0.9/16").value(), AddressPrefix::parse("203.0.113.7/31").value(),
                        AddressPrefix::parse("2001:db8::2/64").value(),
                        AddressPrefix::parse("2001:db8:0:1::2/64").value()}};
}

}  // namespace

TEST_CASE("RFC 9293 §3.9.1.1: an invalid remote address is not one single other host", "[ip][MUST-46][MUST-63]") {
  const auto addresses = host();
  for (const auto* invalid :
       {"0.0.0.0", "::", "224.0.0.1", "239.255.255.255", "ff02::1", "255.255.255.255", "192.0.2.255", "10.255.255.255",
        "10.200.255.255", "127.0.0.1", "::1", "0.0.0.7", "192.0.2.2", "2001:db8::2"}) {
    INFO(invalid);
    CHECK_FALSE(addresses.is_valid_remote(address(invalid)));
  }
  for (const auto* valid : {"192.0.2.1", "192.0.2.254", "192.0.3.255", "198.51.100.1", "10.255.255.254", "2001:db8::1",
                            "fe80::1", "2001:db8::ffff:ffff:ffff:ffff", "203.0.113.6"}) {
    INFO(valid);
    CHECK(addresses.is_valid_remote(address(valid)));
  }
}

TEST_CASE("RFC 1122 §3.3.6: the old broadcast form, all zeros, is a broadcast too", "[ip][RFC1122]") {
  const auto addresses = host();
  CHECK(addresses.is_broadcast(address("192.0.2.0")));
  CHECK(addresses.is_broadcast(address("10.200.0.0")));
  CHECK_FALSE(addresses.is_valid_remote(address("192.0.2.0")));
  CHECK_FALSE(addresses.is_broadcast(address("192.0.3.0")));
  CHECK_FALSE(addresses.is_broadcast(address("203.0.113.6")));  // a network of two hosts has none (RFC 3021)
}

TEST_CASE("RFC 9293 §3.9.1.1: the source is our address in the longest network with the remote", "[ip][MUST-44]") {
  const auto addresses = host();
  CHECK(addresses.source_for(address("10.7.7.7")) == address("10.1.2.3"));
  CHECK(addresses.source_for(address("10.200.7.7")) == address("10.200.0.9"));
  CHECK(addresses.source_for(address("203.0.113.6")) == address("203.0.113.7"));
  CHECK(addresses.source_for(address("2001:db8:0:1::99")) == address("2001:db8:0:1::2"));
}

TEST_CASE("RFC 9293 §3.9.1.1: off every network, the source is the family's first address", "[ip][MUST-44]") {
  const auto addresses = host();
  CHECK(addresses.source_for(address("198.51.100.1")) == address("192.0.2.2"));
  CHECK(addresses.source_for(address("2001:db8:ffff::1")) == address("2001:db8::2"));
  const ip::Addresses only_v4{{AddressPrefix::parse("192.0.2.2/24").value()}};
  CHECK_FALSE(only_v4.source_for(address("2001:db8::1")).has_value());
}

}  // namespace handwave
