// Path MTU discovery: RFC 1191, RFC 8201.
#include "stack/ip/path_mtu.hpp"

#include <catch2/catch_test_macros.hpp>

namespace handwave {
namespace {

using ip::PathMtus;
using namespace std::chrono_literals;

const IpAddress v4 = IpAddress::v4(198, 51, 100, 1);
const IpAddress v6 = IpAddress::parse("2001:db8::1").value();

}  // namespace

TEST_CASE("RFC 1191 §6.3: a report lowers the path MTU and never raises it",
          "[ip][pmtu][RFC1191][4821-5.2-b][4821-5.2-c]") {
  PathMtus mtus{1500};
  const Instant now{};
  CHECK(mtus.of(v4) == 1500);
  CHECK_FALSE(mtus.lower(now, v4, 1500));
  CHECK_FALSE(mtus.lower(now, v4, 9000));
  CHECK(mtus.of(v4) == 1500);
  CHECK_FALSE(mtus.poll_timeout().has_value());
  CHECK(mtus.lower(now, v4, 1400));
  CHECK_FALSE(mtus.lower(now, v4, 1400));
  CHECK_FALSE(mtus.lower(now, v4, 1450));
  CHECK(mtus.of(v4) == 1400);
  CHECK(mtus.of(v6) == 1500);
  CHECK(mtus.of(IpAddress::v4(198, 51, 100, 8)) == 1500);  // a neighbour of v4
}

TEST_CASE("RFC 1191 §6.3: ten minutes after it was lowered, the path MTU is forgotten", "[ip][pmtu][RFC1191]") {
  PathMtus mtus{1500};
  Instant now{};
  REQUIRE(mtus.lower(now, v4, 1400));
  REQUIRE(mtus.lower(now + 1min, v6, 1300));
  CHECK(mtus.poll_timeout() == now + 10min);
  mtus.handle_timeout(now + 10min - 1ns);
  CHECK(mtus.of(v4) == 1400);
  mtus.handle_timeout(now + 10min);
  CHECK(mtus.of(v4) == 1500);
  CHECK(mtus.of(v6) == 1300);
  CHECK(mtus.poll_timeout() == now + 11min);
  mtus.handle_timeout(now + 11min);
  CHECK(mtus.of(v6) == 1500);
  CHECK_FALSE(mtus.poll_timeout().has_value());
}

TEST_CASE("RFC 1191 §6.3: a report of the same MTU begins the ten minutes again", "[ip][pmtu][RFC1191]") {
  PathMtus mtus{1500};
  const Instant now{};
  REQUIRE(mtus.lower(now, v4, 1400));
  CHECK_FALSE(mtus.lower(now + 5min, v4, 1400));
  CHECK(mtus.poll_timeout() == now + 15min);
}

TEST_CASE("RFC 1191: below the floor the path MTU stays at it, and routers may fragment", "[ip][pmtu][RFC1191]") {
  PathMtus mtus{1500};
  const Instant now{};
  CHECK(mtus.lower(now, v4, 68));
  CHECK(mtus.of(v4) == 552);
  CHECK(mtus.may_fragment(v4));
  CHECK_FALSE(mtus.lower(now, v4, 296));
  CHECK_FALSE(mtus.may_fragment(v6));
  mtus.handle_timeout(now + 10min);
  CHECK_FALSE(mtus.may_fragment(v4));

  CHECK(mtus.lower(now, v4, 552));
  CHECK_FALSE(mtus.may_fragment(v4));
  CHECK(mtus.lower(now, v4, 551));  // no smaller, but from now on without DF
  CHECK(mtus.may_fragment(v4));
}

TEST_CASE("RFC 8201 §4: a report below the IPv6 minimum is discarded", "[ip][pmtu][RFC8201]") {
  PathMtus mtus{1500};
  CHECK_FALSE(mtus.lower(Instant{}, v6, 1279));
  CHECK(mtus.of(v6) == 1500);
  CHECK(mtus.lower(Instant{}, v6, 1280));
  CHECK(mtus.of(v6) == 1280);
  CHECK_FALSE(mtus.may_fragment(v6));
}

TEST_CASE("RFC 1191: the table of path MTUs is bounded; the oldest entry makes room", "[ip][pmtu]") {
  PathMtus mtus{1500};
  Instant now{};
  const auto host = [](std::size_t i) {
    return IpAddress::v4(10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i));
  };
  for (std::size_t i = 0; i <= PathMtus::capacity; ++i) REQUIRE(mtus.lower(now += 1ms, host(i), 1000));
  CHECK(mtus.of(host(0)) == 1500);
  CHECK(mtus.of(host(1)) == 1000);
  CHECK(mtus.of(host(PathMtus::capacity)) == 1000);
  CHECK(mtus.poll_timeout() == Instant{} + 2ms + 10min);
}

TEST_CASE("RFC 1191 §7.1: a router that tells no MTU means the next lower plateau", "[ip][pmtu][RFC1191]") {
  CHECK(ip::next_lower_plateau(65535) == 32000);
  CHECK(ip::next_lower_plateau(1500) == 1492);
  CHECK(ip::next_lower_plateau(1492) == 1006);
  CHECK(ip::next_lower_plateau(576) == 508);
  CHECK(ip::next_lower_plateau(69) == 68);
  CHECK(ip::next_lower_plateau(68) == 68);
  CHECK(ip::next_lower_plateau(0) == 68);
}

}  // namespace handwave
