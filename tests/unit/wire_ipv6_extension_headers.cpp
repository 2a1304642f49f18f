// The walk past IPv6 extension headers: RFC 8200 §4, RFC 5095, RFC 6946.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/dice.hpp"

using namespace handwave;
using namespace handwave::wire;
using handwave::test::Dice;
using Problem = Ipv6Payload::Problem;

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint8_t hop_by_hop = 0;
constexpr std::uint8_t routing = 43;
constexpr std::uint8_t fragment = 44;
constexpr std::uint8_t no_next = 59;
constexpr std::uint8_t destination = 60;

/// An extension header: its kind, and its octets but for the first, in which the chain puts the next one's kind.
struct Extension {
  std::uint8_t kind;
  Octets rest;
};

/// An options header with these options, padded to its length with Pad1.
Extension options_header(std::uint8_t kind, const Octets& options) {
  Octets rest(1 + (options.size() + 2 + 7) / 8 * 8 - 2, 0);
  rest[0] = static_cast<std::uint8_t>((rest.size() + 1) / 8 - 1);
  std::copy(options.begin(), options.end(), rest.begin() + 1);
  return {kind, rest};
}

Extension routing_header(std::uint8_t type, std::uint8_t segments_left, std::uint8_t length = 2) {
  Octets rest(8 * (length + std::size_t{1}) - 1, 0);
  rest[0] = length;
  rest[1] = type;
  rest[2] = segments_left;
  return {routing, rest};
}

Extension fragment_header(std::uint16_t offset, bool more, std::uint32_t identification) {
  Octets rest(7, 0);
  store_be16(&rest[1], static_cast<std::uint16_t>(offset | (more ? 1 : 0)));
  store_be32(&rest[3], identification);
  return {fragment, rest};
}

/// A packet with these extension headers, and eight octets of `protocol` behind them.
Octets chain(const std::vector<Extension>& extensions, std::uint8_t protocol = protocol_tcp) {
  Octets packet(ipv6_header_size, 0);
  packet[0] = 0x60;
  std::size_t next_header_at = 6;
  for (const Extension& extension : extensions) {
    packet[next_header_at] = extension.kind;
    next_header_at = packet.size();
    packet.push_back(0);
    std::copy(extension.rest.begin(), extension.rest.end(), std::back_inserter(packet));
  }
  packet[next_header_at] = protocol;
  packet.resize(packet.size() + 8, 0xcc);
  store_be16(&packet[4], static_cast<std::uint16_t>(packet.size() - ipv6_header_size));
  return packet;
}

Ipv6Payload walk(const Octets& packet) { return walk_extension_headers(packet); }

}  // namespace

TEST_CASE("Without extension headers the payload begins behind the fixed header", "[ipv6][RFC8200]") {
  const Ipv6Payload payload = walk(chain({}));
  CHECK(payload.problem == Problem::none);
  CHECK(payload.protocol == protocol_tcp);
  CHECK(payload.offset == 40);
  CHECK_FALSE(payload.extension_headers);
  CHECK_FALSE(payload.fragment);
  CHECK(payload.problem_pointer == 6);
}

TEST_CASE("RFC 8200 (4.1): the recommended order is walked to its end", "[ipv6][RFC8200]") {
  const Ipv6Payload payload = walk(chain({options_header(hop_by_hop, {5, 2, 0, 0}),  // router alert: may be skipped
                                          options_header(destination, {1, 4, 0, 0, 0, 0}),  // PadN
                                          routing_header(0, 0), options_header(destination, Octets(20, 0))}));
  CHECK(payload.problem == Problem::none);
  CHECK(payload.protocol == protocol_tcp);
  CHECK(payload.offset == 40 + 8 + 8 + 24 + 24);
  CHECK(payload.extension_headers);
  CHECK(payload.problem_pointer == 40 + 8 + 8 + 24);  // where the next header octet says TCP
}

TEST_CASE("Any order is walked but hop-by-hop options behind another header", "[ipv6][RFC8200]") {
  CHECK(walk(chain({routing_header(3, 0), options_header(destination, {}), routing_header(4, 0)})).offset ==
        40 + 24 + 8 + 24);
  const Ipv6Payload payload = walk(chain({options_header(destination, {}), options_header(hop_by_hop, {})}));
  CHECK(payload.problem == Problem::unrecognized_header);
  CHECK(payload.problem_pointer == 40);  // the zero in the destination options header
  CHECK(walk(chain({options_header(hop_by_hop, {}), options_header(hop_by_hop, {})})).problem_pointer == 40);
}

TEST_CASE("RFC 8200 (4): protocols that are no extension headers are the caller's to know", "[ipv6][RFC8200]") {
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    CAPTURE(protocol);
    const bool extension = protocol == hop_by_hop || protocol == routing || protocol == fragment ||
                           protocol == no_next || protocol == destination;
    if (extension) continue;
    const Ipv6Payload payload = walk(chain({options_header(destination, {})}, static_cast<std::uint8_t>(protocol)));
    CHECK(payload.problem == Problem::none);
    CHECK(payload.protocol == protocol);
    CHECK(payload.problem_pointer == 40);
    CHECK(payload.offset == 48);
  }
}

TEST_CASE("RFC 8200 (4.7): nothing follows No Next Header", "[ipv6][RFC8200]") {
  CHECK(walk(chain({}, no_next)).problem == Problem::no_next_header);
  CHECK(walk(chain({options_header(hop_by_hop, {})}, no_next)).problem == Problem::no_next_header);
}

TEST_CASE("RFC 8200 (4.2): the two high bits of an unknown option decide", "[ipv6][RFC8200]") {
  for (const std::uint8_t kind : {hop_by_hop, destination}) {
    for (unsigned type = 2; type < 256; ++type) {
      CAPTURE(kind, type);
      // A Pad1 and a PadN before it, so that it stands at octet 6 of the options header.
      const Octets options = {0, 1, 1, 0, static_cast<std::uint8_t>(type), 3, 9, 9, 9};
      const Ipv6Payload payload = walk(chain({options_header(kind, options)}));
      switch (type >> 6) {
        case 0:
          CHECK(payload.problem == Problem::none);
          CHECK(payload.offset == 40 + 16);
          break;
        case 1:
          CHECK(payload.problem == Problem::drop_silently);
          break;
        default:
          CHECK(payload.problem == Problem::unrecognized_option);
          CHECK(payload.problem_pointer == 40 + 6);
          CHECK(payload.answer_even_to_multicast == (type >> 6 == 2));
      }
    }
  }
}

TEST_CASE("RFC 8200 (4.2): the first option that may not be skipped ends the walk", "[ipv6][RFC8200]") {
  const Ipv6Payload payload = walk(chain({options_header(destination, {0x9e, 0, 0xde, 0, 0x5e, 0})}));
  CHECK(payload.problem == Problem::unrecognized_option);
  CHECK(payload.problem_pointer == 42);
  CHECK(payload.answer_even_to_multicast);
  CHECK(walk(chain({options_header(destination, {0x5e, 0, 0x9e, 0})})).problem == Problem::drop_silently);
}

TEST_CASE("Every length of an option: inside its header or the packet is dropped", "[ipv6]") {
  for (unsigned length = 0; length < 256; ++length) {
    CAPTURE(length);
    Extension header = options_header(destination, {0x1e, static_cast<std::uint8_t>(length)});
    header.rest.resize(15);
    header.rest[0] = 1;  // 16 octets: two of the header, two of the option, twelve of its data at most
    const Ipv6Payload payload = walk(chain({header}));
    CHECK(payload.problem == (length <= 12 ? Problem::none : Problem::truncated));
  }
  Extension header = options_header(destination, {1, 3, 0, 0, 0, 0x1e});  // its type is the header's last octet
  CHECK(walk(chain({header})).problem == Problem::truncated);
}

TEST_CASE("RFC 8200 (4.4), RFC 5095: routing headers with segments left are refused whatever their type",
          "[ipv6][RFC8200][RFC5095]") {
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const Extension before = options_header(destination, {});
    CHECK(walk(chain({before, routing_header(static_cast<std::uint8_t>(type), 0)})).problem == Problem::none);
    for (const std::uint8_t left : {std::uint8_t{1}, std::uint8_t{255}}) {
      const Ipv6Payload payload = walk(chain({before, routing_header(static_cast<std::uint8_t>(type), left)}));
      CHECK(payload.problem == Problem::unrecognized_routing_type);
      CHECK(payload.problem_pointer == 48 + 2);
    }
  }
}

TEST_CASE("RFC 8200 (4.5): the walk ends behind the header of a fragment", "[ipv6][RFC8200]") {
  const Octets first = chain({options_header(hop_by_hop, {}), fragment_header(0, true, 0x01020304)});
  Ipv6Payload payload = walk(first);
  CHECK(payload.problem == Problem::none);
  REQUIRE(payload.fragment);
  CHECK(*payload.fragment ==
        Ipv6Fragment{.next_header = protocol_tcp, .offset = 0, .more_fragments = true, .identification = 0x01020304});
  CHECK(payload.fragment_previous_next_header == 40);
  CHECK(payload.offset == 56);
  CHECK(payload.protocol == protocol_tcp);

  payload = walk(chain({fragment_header(1480, false, 7)}));
  REQUIRE(payload.fragment);
  CHECK(payload.fragment->offset == 1480);
  CHECK_FALSE(payload.fragment->more_fragments);
  CHECK(payload.fragment_previous_next_header == 6);

  payload = walk(chain({fragment_header(0xfff8, true, 7)}));
  REQUIRE(payload.fragment);
  CHECK(payload.fragment->offset == 0xfff8);
}

TEST_CASE("What a fragment carries is not looked into", "[ipv6]") {
  // Behind the fragment header stands an options header that no walk would survive.
  const Ipv6Payload payload = walk(chain({fragment_header(8, true, 7), options_header(destination, {0xc2, 200})}));
  CHECK(payload.problem == Problem::none);
  REQUIRE(payload.fragment);
  CHECK(payload.fragment->next_header == destination);
  CHECK(payload.offset == 48);
}

TEST_CASE("The reserved bits of a fragment header are ignored", "[ipv6][RFC8200]") {
  Octets packet = chain({fragment_header(64, true, 7)});
  packet[41] = 0xff;
  packet[43] = static_cast<std::uint8_t>(packet[43] | 0x06);
  const Ipv6Payload payload = walk(packet);
  REQUIRE(payload.fragment);
  CHECK(payload.fragment->offset == 64);
}

TEST_CASE("RFC 6946 (4): an atomic fragment is a whole packet", "[ipv6][RFC6946]") {
  const Ipv6Payload payload = walk(chain({fragment_header(0, false, 7), options_header(destination, {})}));
  CHECK(payload.problem == Problem::none);
  CHECK_FALSE(payload.fragment);
  CHECK(payload.extension_headers);
  CHECK(payload.protocol == protocol_tcp);
  CHECK(payload.offset == 40 + 8 + 8);
}

TEST_CASE("The chain of extension headers has a limit", "[ipv6]") {
  const std::vector<Extension> most(max_extension_headers, options_header(destination, {}));
  CHECK(walk(chain(most)).problem == Problem::none);
  CHECK(walk(chain(most)).offset == 40 + 8 * max_extension_headers);
  std::vector<Extension> more = most;
  more.push_back(options_header(destination, {}));
  CHECK(walk(chain(more)).problem == Problem::drop_silently);
}

TEST_CASE("A chain cut short at every length is dropped, and never read past its end", "[ipv6]") {
  const Octets packet = chain({options_header(hop_by_hop, {5, 2, 0, 0}), routing_header(0, 0, 4),
                               options_header(destination, Octets(12, 0)), fragment_header(0, true, 7)});
  const std::size_t headers = packet.size() - 8;
  for (std::size_t size = 40; size <= packet.size(); ++size) {
    const Octets cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    const Ipv6Payload payload = walk(cut);
    CHECK(payload.problem == (size < headers ? Problem::truncated : Problem::none));
    CHECK(payload.offset <= size);
  }
}

TEST_CASE("Random octets behind the fixed header: what is found lies in the packet", "[ipv6]") {
  Dice dice(91);
  constexpr std::array<std::uint8_t, 6> kinds = {hop_by_hop, routing, fragment, no_next, destination, protocol_tcp};
  int whole = 0;
  for (int round = 0; round < 50000; ++round) {
    Octets packet = dice.octets(40 + dice.between(0, 120));
    packet[6] = kinds.at(dice.between(0, kinds.size() - 1));
    for (std::size_t at = 40; at + 8 <= packet.size(); at += 8) {  // plausible headers of eight octets
      packet[at] = kinds.at(dice.between(0, kinds.size() - 1));
      if (!dice.one_in(4)) packet[at + 1] = 0;
      if (dice.one_in(2)) std::fill_n(packet.begin() + static_cast<std::ptrdiff_t>(at) + 2, 6, std::uint8_t{0});
    }
    const Ipv6Payload payload = walk(packet);
    REQUIRE(payload.offset <= packet.size());
    REQUIRE(payload.problem_pointer <= packet.size());
    if (payload.problem != Problem::none) continue;
    ++whole;
    REQUIRE(packet[payload.problem_pointer] == payload.protocol);
    REQUIRE(payload.extension_headers == (payload.offset != 40));
    if (payload.fragment) REQUIRE(packet[payload.fragment_previous_next_header] == fragment);
  }
  CHECK(whole > 5000);
}
