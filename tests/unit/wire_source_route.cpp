// The source route options of IPv4: RFC 791 §3.1, RFC 1122 §3.2.1.8 (c).
#include "stack/wire/source_route.hpp"

#include <tins/ip.h>

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "stack/wire/ipv4.hpp"

namespace handwave::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

const IpAddress g1 = IpAddress::v4(198, 51, 100, 1);
const IpAddress g2 = IpAddress::v4(198, 51, 100, 2);
const IpAddress g3 = IpAddress::v4(198, 51, 100, 3);
const IpAddress source = IpAddress::v4(192, 0, 2, 1);
const IpAddress destination = IpAddress::v4(203, 0, 113, 9);

}  // namespace

TEST_CASE("RFC 1122 §3.2.1.8: a source route is {>>G2, G3, ... Gn, D}, and G1 is in the header",
          "[ipv4][source_route][RFC791]") {
  const SourceRouteOptions options({.gateways = {g1, g2, g3}}, destination);
  const Octets expected = {131, 15, 4, 198, 51, 100, 2, 198, 51, 100, 3, 203, 0, 113, 9, 0};
  CHECK(Octets(options.octets().begin(), options.octets().end()) == expected);
  const SourceRouteOptions strict({.gateways = {g1}, .strict = true}, destination);
  const Octets expected_strict = {137, 7, 4, 203, 0, 113, 9, 0};
  CHECK(Octets(strict.octets().begin(), strict.octets().end()) == expected_strict);
}

TEST_CASE("A source route takes as many octets as it says, up to nine gateways, and libtins reads it",
          "[ipv4][source_route][oracle]") {
  SourceRoute route;
  for (std::uint8_t n = 1; n <= SourceRoute::max_gateways; ++n) {
    route.gateways.push_back(IpAddress::v4(198, 51, 100, n));
    const SourceRouteOptions options(route, destination);
    CHECK(options.octets().size() == route.option_size());
    Ipv4Header header;
    header.source = source;
    header.destination = route.gateways.front();
    header.total_length = static_cast<std::uint16_t>(ipv4_header_size + options.octets().size());
    Octets octets(header.total_length);
    write_ipv4(header, octets, options.octets());
    CHECK(ipv4_checksum_right(octets, octets.size()));
    const auto parsed = parse_ipv4(octets);
    REQUIRE(parsed);
    CHECK(parsed->header_size == octets.size());
    const Tins::IP read(octets.data(), static_cast<std::uint32_t>(octets.size()));
    const auto lsrr = read.lsrr();
    CHECK(lsrr.pointer == 4);
    REQUIRE(lsrr.routes.size() == n);
    CHECK(lsrr.routes.back().to_string() == "203.0.113.9");
    for (std::uint8_t i = 1; i < n; ++i) CHECK(lsrr.routes[i - 1U].to_string() == route.gateways[i].to_string());
    // And we read it as a route that goes on.
    const auto found = find_source_route(options.octets());
    REQUIRE(found);
    CHECK_FALSE(found->completed());
    CHECK(found->destination() == destination);
  }
}

TEST_CASE("RFC 1122 §3.2.1.8: a completed route is gone back the other way round", "[ipv4][source_route]") {
  const Octets arrived = {1, 131, 15, 16, 198, 51, 100, 1, 198, 51, 100, 2, 198, 51, 100, 3};
  const auto found = find_source_route(arrived);
  REQUIRE(found);
  CHECK(found->completed());
  CHECK(return_route(*found, source) == SourceRoute{.gateways = {g3, g2, g1}});
  // "even if the recorded route included the source host"
  CHECK(return_route(*found, g1) == SourceRoute{.gateways = {g3, g2}});
  const Octets strict = {137, 7, 8, 198, 51, 100, 1, 0};
  CHECK(return_route(*find_source_route(strict), source) == SourceRoute{.gateways = {g1}, .strict = true});
  const Octets of_nobody = {131, 3, 4, 0};
  REQUIRE(find_source_route(of_nobody));
  CHECK(find_source_route(of_nobody)->completed());
  CHECK(return_route(*find_source_route(of_nobody), source) == SourceRoute{});
}

TEST_CASE("RFC 791 §3.1: a route goes on where its pointer is not greater than its length", "[ipv4][source_route]") {
  for (std::uint8_t pointer = 4; pointer <= 40; pointer = static_cast<std::uint8_t>(pointer + 4)) {
    const Octets option = {131, 11, pointer, 1, 2, 3, 4, 5, 6, 7, 8};
    const auto found = find_source_route(option);
    REQUIRE(found);
    CHECK(found->completed() == (pointer > 11));
    CHECK(found->visited == std::min<std::size_t>(pointer - 4U, 8));
  }
}

TEST_CASE("RFC 1122 §3.2.1.8: no options are too malformed to be looked through", "[ipv4][source_route]") {
  for (const Octets& none : {Octets{}, Octets{0, 131, 7, 4, 1, 2, 3, 4},  // behind the end of the list
                             Octets{1, 1, 1, 1},                          // nothing but padding
                             Octets{131},                                 // no length
                             Octets{131, 7},                              // longer than all
                             Octets{131, 7, 4, 1, 2, 3},                  // likewise
                             Octets{131, 2, 4, 0},                        // no pointer
                             Octets{131, 6, 4, 1, 2, 3, 0, 0},            // no whole address
                             Octets{131, 7, 3, 1, 2, 3, 4, 0},  // "the smallest legal value for the pointer is 4"
                             Octets{131, 7, 5, 1, 2, 3, 4, 0},  // into the middle of an address
                             Octets{0x99, 0xff, 131, 7, 4, 1, 2, 3, 4},   // an absurd option before it
                             Octets{0x99, 0, 131, 7, 4, 1, 2, 3, 4, 0},   // likewise
                             Octets{0x99, 1, 131, 7, 4, 1, 2, 3, 4, 0}})  // likewise
    CHECK_FALSE(find_source_route(none));
  const Octets behind_another = {0x99, 3, 131, 131, 7, 8, 198, 51, 100, 1};
  CHECK(find_source_route(behind_another));
}

}  // namespace handwave::wire
