// Initial sequence numbers (RFC 6528) and the timestamp clock (RFC 7323 §5.4): the two keyed clocks.
#include "stack/tcp/isn.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "stack/tcp/timestamp_clock.hpp"
#include "tests/unit/tcp_seeds.hpp"

namespace handwave::tcp {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::sockets_number;

constexpr SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};

TEST_CASE("RFC 9293 §3.4.1: the ISN of the same sockets goes up by one about every 4 microseconds",
          "[isn][RFC6528][MUST-8][6528-3-a]") {
  const InitialSequenceNumbers numbers{key};
  const FourTuple sockets = sockets_number(1);
  const Seq first = numbers.choose(at(1h), sockets);
  CHECK(numbers.choose(at(1h + 3999ns), sockets) == first);
  CHECK(numbers.choose(at(1h + 4us), sockets) == first + 1);
  CHECK(numbers.choose(at(1h + 1s), sockets) == first + 250'000);
  // The cycle of the clock: 2^32 times 4 microseconds, about 4.77 hours.
  CHECK(numbers.choose(at(1h + 17'179'869'184us), sockets) == first);
}

TEST_CASE("RFC 6528 §3: a new incarnation begins ahead of the old one's ISN, across the wraps too",
          "[isn][RFC6528][6528-3-a]") {
  const InitialSequenceNumbers numbers{key};
  for (std::uint32_t n = 0; n < 100; ++n)
    for (const Duration start : {Duration{0}, Duration{8'589'934'592us - 1s}, Duration{17'179'869'184us - 1s}})
      CHECK(numbers.choose(at(start), sockets_number(n)) < numbers.choose(at(start + 2s), sockets_number(n)));
}

TEST_CASE("RFC 6528 §3: F depends on all four parts of the sockets and on the secret",
          "[isn][RFC6528][MUST-9][SHLD-1][6528-3-b][4987-3.5-c]") {
  const FourTuple base{{IpAddress::v4(192, 0, 2, 2), 80}, {IpAddress::v4(192, 0, 2, 1), 40000}};
  FourTuple local_address = base, local_port = base, remote_address = base, remote_port = base;
  local_address.local.address = IpAddress::v4(192, 0, 2, 3);
  local_port.local.port = 81;
  remote_address.remote.address = IpAddress::v4(192, 0, 2, 4);
  remote_port.remote.port = 40001;
  const InitialSequenceNumbers numbers{key};
  std::set<std::uint32_t> chosen;
  for (const FourTuple& sockets : {base, local_address, local_port, remote_address, remote_port, base.reversed()})
    chosen.insert(numbers.choose(at(1s), sockets).value());
  chosen.insert(InitialSequenceNumbers{{key.low + 1, key.high}}.choose(at(1s), base).value());
  chosen.insert(InitialSequenceNumbers{{key.low, key.high + 1}}.choose(at(1s), base).value());
  CHECK(chosen.size() == 8);
}

TEST_CASE("RFC 6528 §3: the ISNs of many sockets at one moment are spread over the whole circle",
          "[isn][RFC6528][6528-3-b]") {
  const InitialSequenceNumbers numbers{key};
  std::array<int, 16> sixteenths{};
  for (std::uint32_t n = 0; n < 16'000; ++n) ++sixteenths[numbers.choose(at(5s), sockets_number(n)).value() >> 28];
  for (const int count : sixteenths) {
    CHECK(count > 850);
    CHECK(count < 1150);
  }
}

TEST_CASE("An IPv4 address and an IPv6 address that begins with its octets are different sockets", "[isn]") {
  const FourTuple v4{{IpAddress::v4(192, 0, 2, 2), 80}, {IpAddress::v4(192, 0, 2, 1), 40000}};
  const auto widened = [](const Endpoint& end) {
    return Endpoint{IpAddress::from_octets(end.address.storage()), end.port};
  };
  const FourTuple v6{widened(v4.local), widened(v4.remote)};
  const InitialSequenceNumbers numbers{key};
  CHECK(numbers.choose(at(1s), v4) != numbers.choose(at(1s), v6));
}

TEST_CASE("RFC 7323 §5.4: TSval ticks once a millisecond", "[timestamps][RFC7323][7323-4.1][7323-5.4-c]") {
  const TimestampClock clock{key};
  const FourTuple sockets = sockets_number(1);
  const std::uint32_t first = clock.now(at(1h), sockets);
  CHECK(clock.now(at(1h + 999us), sockets) == first);
  CHECK(clock.now(at(1h + 1ms), sockets) == first + 1);
  CHECK(clock.now(at(1h + 60s), sockets) == first + 60'000);
  CHECK(TimestampClock::ticks(at(2s)) == 2000);
  CHECK(TimestampClock::ticks(at(std::chrono::milliseconds{0x1'0000'0005})) == 5);
}

TEST_CASE("RFC 7323 §7.1: each pair of sockets has a secret offset of its own, which a connection may keep",
          "[timestamps][RFC7323][7323-7]") {
  const TimestampClock clock{key};
  std::set<std::uint32_t> offsets;
  for (std::uint32_t n = 0; n < 1000; ++n) {
    const FourTuple sockets = sockets_number(n);
    offsets.insert(clock.offset(sockets));
    CHECK(clock.now(at(7s), sockets) == TimestampClock::ticks(at(7s)) + clock.offset(sockets));
  }
  CHECK(offsets.size() == 1000);
  CHECK(clock.offset(sockets_number(1)) != TimestampClock{{1, 2}}.offset(sockets_number(1)));
}

}  // namespace
}  // namespace handwave::tcp
