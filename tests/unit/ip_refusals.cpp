// ICMP errors that we send: RFC 1122 §3.2.2, RFC 4443 §2.4, RFC 8200 §4.
#include <tins/tins.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr std::uint8_t sctp = 132;  // a transport protocol that we do not have

/// The one answer, which is an ICMP error with right checksums.
Octets only_answer(IpHost& host) {
  const auto answers = host.answers();
  REQUIRE(answers.size() == 1);
  CHECK(checksums_right(answers[0]));
  return answers[0];
}

struct Error {
  unsigned type;
  unsigned code;
  std::uint32_t rest;
  Octets quote;
};

Error error_of(const Octets& packet) {
  const std::size_t at = packet[0] >> 4 == 6 ? 40 : 20;
  return {packet[at], packet[at + 1], load_be32(&packet[at + 4]),
          Octets(packet.begin() + static_cast<std::ptrdiff_t>(at) + 8, packet.end())};
}

}  // namespace

TEST_CASE("RFC 1122 §4.1.3.1: UDP is answered with port unreachable", "[ip][icmp][RFC1122]") {
  IpHost host;
  const Octets packet = ipv4_packet(wire::protocol_udp, udp_datagram(false, pattern(100)));
  host.receive(packet);
  const Octets answer = only_answer(host);
  const Tins::IP reply(answer.data(), static_cast<std::uint32_t>(answer.size()));
  CHECK(reply.src_addr() == "192.0.2.2");
  CHECK(reply.dst_addr() == "192.0.2.1");
  const auto& icmp = reply.rfind_pdu<Tins::ICMP>();
  CHECK(icmp.type() == Tins::ICMP::DEST_UNREACHABLE);
  CHECK(icmp.code() == 3);
  CHECK(error_of(answer).rest == 0);
  CHECK(error_of(answer).quote == packet);
  CHECK(host.count(Counter::udp_no_port) == 1);
  CHECK(host.count(Counter::icmp_errors_sent) == 1);
}

TEST_CASE("RFC 4443 §3.1: UDP over IPv6 is answered with port unreachable", "[ip][icmp][RFC4443]") {
  IpHost host;
  const Octets packet = ipv6_packet(wire::protocol_udp, udp_datagram(true, pattern(100)));
  host.receive(packet);
  const Octets answer = only_answer(host);
  const Tins::IPv6 reply(answer.data(), static_cast<std::uint32_t>(answer.size()));
  CHECK(reply.dst_addr() == "2001:db8::1");
  const auto& icmp = reply.rfind_pdu<Tins::ICMPv6>();
  CHECK(icmp.type() == Tins::ICMPv6::DEST_UNREACHABLE);
  CHECK(icmp.code() == 4);
  CHECK(error_of(answer).quote == packet);
}

TEST_CASE("RFC 1812 §4.3.2.3, RFC 4443 §2.4 (c): as much is quoted as everybody's MTU carries", "[ip][icmp]") {
  IpHost host;
  const Octets v4 = ipv4_packet(wire::protocol_udp, udp_datagram(false, pattern(1400)));
  host.receive(v4);
  const Octets answer_v4 = only_answer(host);
  CHECK(answer_v4.size() == 576);
  CHECK(std::ranges::equal(error_of(answer_v4).quote, Bytes{v4}.first(576 - 28)));
  const Octets v6 = ipv6_packet(wire::protocol_udp, udp_datagram(true, pattern(1400)));
  host.receive(v6);
  const Octets answer_v6 = only_answer(host);
  CHECK(answer_v6.size() == 1280);
  CHECK(std::ranges::equal(error_of(answer_v6).quote, Bytes{v6}.first(1280 - 48)));
}

TEST_CASE("RFC 1122 §4.1.3.4: UDP with a wrong checksum is dropped in silence", "[ip][icmp][RFC1122]") {
  IpHost host;
  Octets v4 = udp_datagram(false, pattern(9));
  v4.back() ^= 1;
  host.receive(ipv4_packet(wire::protocol_udp, v4));
  Octets v6 = udp_datagram(true, pattern(9));
  store_be16(&v6[6], 0);  // none at all: RFC 8200 §8.1
  host.receive(ipv6_packet(wire::protocol_udp, v6));
  host.receive(ipv4_packet(wire::protocol_udp, pattern(7)));
  Octets too_long = udp_datagram(false, pattern(9));
  store_be16(&too_long[4], 18);
  host.receive(ipv4_packet(wire::protocol_udp, too_long));
  CHECK(host.count(Counter::udp_malformed) == 4);
  CHECK(host.answers().empty());

  store_be16(&v4[6], 0);  // none at all is in order in IPv4
  host.receive(ipv4_packet(wire::protocol_udp, v4));
  CHECK(host.answers().size() == 1);
}

TEST_CASE("Design §5: a checksum that the device vouches for is not looked at", "[ip][icmp]") {
  IpHost host;
  Octets datagram = udp_datagram(false, pattern(9));
  datagram.back() ^= 1;
  host.ip.receive(host.now, {Slice::copy_of(ipv4_packet(wire::protocol_udp, datagram)), true, 0}, host.counters);
  CHECK(host.answers().size() == 1);
}

TEST_CASE("RFC 1122 §3.2.2.1: an unknown protocol is answered with protocol unreachable", "[ip][icmp][RFC1122]") {
  IpHost host;
  const Octets packet = ipv4_packet(sctp, pattern(30));
  host.receive(packet);
  const Error error = error_of(only_answer(host));
  CHECK(error.type == 3);
  CHECK(error.code == 2);
  CHECK(error.quote == packet);
  CHECK(host.count(Counter::ip_unknown_protocol) == 1);
}

TEST_CASE("RFC 4443 §3.4: an unknown next header is answered with a pointer at it", "[ip][icmp][RFC4443]") {
  IpHost host;
  host.receive(ipv6_packet(sctp, pattern(30)));
  const Error plain = error_of(only_answer(host));
  CHECK(plain.type == 4);
  CHECK(plain.code == 1);
  CHECK(plain.rest == 6);
  const Octets options{sctp, 0, 1, 4, 0, 0, 0, 0};
  host.receive(ipv6_packet(60, joined({options, pattern(30)})));
  CHECK(error_of(only_answer(host)).rest == 40);
}

TEST_CASE("RFC 8200 §4.2: an unknown option is answered as its high bits ask", "[ip][icmp][RFC8200]") {
  IpHost host;
  const auto with_option = [&](std::uint8_t type) {
    const Octets options{wire::protocol_udp, 0, type, 4, 0, 0, 0, 0};
    host.receive(ipv6_packet(60, joined({options, udp_datagram(true, {})})));
  };
  with_option(0x42);  // discard
  CHECK(host.answers().empty());
  CHECK(host.count(Counter::ip_extension_header_refused) == 1);
  for (const std::uint8_t type : {std::uint8_t{0x82}, std::uint8_t{0xc2}}) {
    with_option(type);
    const Error error = error_of(only_answer(host));
    CHECK(error.type == 4);
    CHECK(error.code == 2);
    CHECK(error.rest == 42);
  }
  const Octets routing{wire::protocol_udp, 0, 0, 1, 0, 0, 0, 0};  // §4.4: a type 0 with segments left
  host.receive(ipv6_packet(43, joined({routing, udp_datagram(true, {})})));
  const Error error = error_of(only_answer(host));
  CHECK(error.type == 4);
  CHECK(error.code == 0);
  CHECK(error.rest == 42);
}

TEST_CASE("RFC 8200 §4.7: behind No Next Header there is nothing to answer", "[ip][icmp][RFC8200]") {
  IpHost host;
  host.receive(ipv6_packet(59, pattern(30)));
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 8200 §4.5: faulty IPv6 fragments are answered with a pointer at the fault", "[ip][icmp][RFC8200]") {
  IpHost host;
  SECTION("a length that is no multiple of 8") {
    host.receive(ipv6_packet(44, joined({fragment_header(6, 0, true, 1), pattern(33)})));
    const Error error = error_of(only_answer(host));
    CHECK(error.type == 4);
    CHECK(error.code == 0);
    CHECK(error.rest == 4);
  }
  SECTION("an end beyond 64 KiB") {
    host.receive(ipv6_packet(44, joined({fragment_header(6, 65528, false, 1), pattern(8)})));
    const Error error = error_of(only_answer(host));
    CHECK(error.type == 4);
    CHECK(error.code == 0);
    CHECK(error.rest == 42);
  }
  SECTION("a first fragment without the upper-layer header") {
    const Octets tcp_in_two = pattern(16);
    const Octets options_cut{6, 1, 1, 4, 0, 0, 0, 0};
    const bool cut_options = GENERATE(false, true);
    host.receive(cut_options ? ipv6_packet(44, joined({fragment_header(60, 0, true, 1), options_cut}))
                             : ipv6_packet(44, joined({fragment_header(6, 0, true, 1), tcp_in_two})));
    const Error error = error_of(only_answer(host));
    CHECK(error.type == 4);
    CHECK(error.code == 3);
    CHECK(error.rest == 0);
  }
  CHECK(host.count(Counter::fragments_invalid) == 1);
  CHECK_FALSE(host.ip.poll_timeout().has_value());
}

TEST_CASE("RFC 8200 §4.5: fragments inside of fragments are dropped", "[ip][reassembly][RFC8200]") {
  IpHost host;
  const Octets inner = joined({fragment_header(6, 0, true, 2), pattern(40)});
  const Bytes bytes{inner};
  host.receive(ipv6_packet(44, joined({fragment_header(44, 0, true, 1), bytes.first(32)})));
  host.receive(ipv6_packet(44, joined({fragment_header(44, 32, false, 1), bytes.subspan(32)})));
  CHECK(host.count(Counter::fragments_reassembled) == 1);
  CHECK(host.count(Counter::fragments_invalid) == 1);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 1122 §3.3.2: a datagram whose time is over is answered with time exceeded", "[ip][icmp][RFC1122]") {
  IpHost host;
  wire::Ipv4Header header;
  header.protocol = wire::protocol_udp;
  header.source = peer_v4;
  header.destination = our_v4;
  header.more_fragments = true;
  const Octets first_v4 = ipv4_packet(header, pattern(64));
  const Octets first_v6 = ipv6_packet(44, joined({fragment_header(17, 0, true, 1), pattern(64)}));
  const bool v6 = GENERATE(false, true);
  host.receive(v6 ? first_v6 : first_v4);
  host.advance(59s);
  CHECK(host.answers().empty());
  host.advance(1s);
  const Error error = error_of(only_answer(host));
  CHECK(error.type == (v6 ? 3 : 11));
  CHECK(error.code == 1);
  CHECK(error.quote == (v6 ? first_v6 : first_v4));
  CHECK(host.count(Counter::fragments_timed_out) == 1);
}

TEST_CASE("RFC 1122 §3.3.2: without its first fragment it is given up in silence", "[ip][icmp][RFC1122]") {
  IpHost host;
  host.receive(ipv6_packet(44, joined({fragment_header(17, 8, true, 1), pattern(64)})));
  host.advance(60s);
  CHECK(host.answers().empty());
  CHECK(host.count(Counter::fragments_timed_out) == 1);
}

TEST_CASE("RFC 1122 §3.2.2: no error is sent about an ICMP error", "[ip][icmp][RFC1122]") {
  IpHost host;
  const Octets quote = ipv4_packet(sctp, pattern(30));
  host.receive(ipv4_packet(wire::protocol_icmp, icmp_message(false, {3, 2, 0}, quote)));
  host.receive(ipv6_packet(wire::protocol_icmpv6, icmp_message(true, {1, 4, 0}, ipv6_packet(sctp, pattern(30)))));
  CHECK(host.answers().empty());
  CHECK(host.count(Counter::icmp_error_for_nobody) == 2);
}

TEST_CASE("RFC 1122 §3.2.2: nor about a fragment of an ICMP error", "[ip][icmp][RFC1122][RFC4443]") {
  const auto [type, answered] =
      GENERATE(table<std::uint8_t, std::size_t>({{3, 0}, {4, 0}, {5, 0}, {11, 0}, {12, 0}, {8, 1}}));
  IpHost host;
  wire::Ipv4Header header;
  header.protocol = wire::protocol_icmp;
  header.source = peer_v4;
  header.destination = our_v4;
  header.more_fragments = true;
  host.receive(ipv4_packet(header, icmp_message(false, {type, 0, 0}, pattern(64))));
  host.advance(60s);
  CHECK(host.answers().size() == answered);
}

TEST_CASE("RFC 4443 §2.4 (e): no error is sent about an ICMPv6 error or redirect behind extension headers",
          "[ip][icmp][RFC4443]") {
  constexpr std::uint8_t icmpv6 = wire::protocol_icmpv6;
  const auto [type, answered] = GENERATE(table<std::uint8_t, std::size_t>({{1, 0}, {127, 0}, {137, 0}, {128, 1}}));
  const Octets message = icmp_message(true, {type, 0, 0}, pattern(64));
  const Octets padding{60, 0, 1, 4, 0, 0, 0, 0};
  const Octets refused_option{icmpv6, 0, 0x82, 4, 0, 0, 0, 0};
  const Octets refused_routing{icmpv6, 0, 0, 1, 0, 0, 0, 0};
  const Octets hop_by_hop_in_the_middle{icmpv6, 0, 1, 4, 0, 0, 0, 0};
  const auto answers_to = [](std::uint8_t next_header, const Octets& payload) {
    IpHost host;
    host.receive(ipv6_packet(next_header, payload));
    host.advance(60s);
    return host.answers().size();
  };
  CHECK(answers_to(60, joined({refused_option, message})) == answered);
  CHECK(answers_to(60, joined({padding, refused_option, message})) == answered);
  CHECK(answers_to(43, joined({refused_routing, message})) == answered);
  CHECK(answers_to(43, joined({Octets{0, 0, 0, 0, 0, 0, 0, 0}, hop_by_hop_in_the_middle, message})) == answered);
  CHECK(answers_to(44, joined({fragment_header(icmpv6, 0, true, 1), message})) == answered);
  // A later fragment does not say what it belongs to.
  CHECK(answers_to(44, joined({fragment_header(icmpv6, 0xfff8, true, 1), message})) == 0);
}

TEST_CASE("RFC 1122 §3.2.2: UDP in fragments is refused once, whole", "[ip][icmp][RFC1122]") {
  IpHost host;
  const Octets datagram = udp_datagram(false, pattern(100));
  wire::Ipv4Header header;
  header.protocol = wire::protocol_udp;
  header.source = peer_v4;
  header.destination = our_v4;
  header.fragment_offset = 64;
  host.receive(ipv4_packet(header, Bytes{datagram}.subspan(64)));
  CHECK(host.answers().empty());
  header.fragment_offset = 0;
  header.more_fragments = true;
  host.receive(ipv4_packet(header, Bytes{datagram}.first(64)));
  const Error error = error_of(only_answer(host));
  CHECK(error.code == 3);
  header.more_fragments = false;
  CHECK(error.quote == ipv4_packet(header, datagram));
}

TEST_CASE("RFC 4443 §2.4 (f): errors are limited in rate, echo replies are not", "[ip][icmp][RFC4443]") {
  IpHost host;
  const Octets udp = ipv4_packet(wire::protocol_udp, udp_datagram(false, pattern(8)));
  for (int i = 0; i < 200; ++i) host.receive(udp);
  CHECK(host.answers().size() == ip::IcmpErrorRate::burst);
  CHECK(host.count(Counter::icmp_rate_limited) == 200 - ip::IcmpErrorRate::burst);
  CHECK(host.count(Counter::udp_no_port) == 200);
  host.now += 3 * ip::IcmpErrorRate::interval;
  for (int i = 0; i < 200; ++i) host.receive(udp);
  CHECK(host.answers().size() == 3);
  host.now += 1h;
  for (int i = 0; i < 200; ++i) host.receive(udp);
  CHECK(host.answers().size() == ip::IcmpErrorRate::burst);
  for (int i = 0; i < 200; ++i) {
    host.receive(ipv4_packet(wire::protocol_icmp, icmp_message(false, {8, 0, 0}, pattern(8))));
  }
  CHECK(host.answers().size() == 200);
}

}  // namespace handwave
