// Ping: RFC 792, RFC 1122 §3.2.2.6, RFC 4443 §4; and replies larger than the path: RFC 791 §2.3, RFC 8200 §4.5.
#include <tins/tins.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace test;

constexpr std::uint8_t request_v4 = 8;
constexpr std::uint8_t request_v6 = 128;

Octets ping_v4(std::size_t size) {
  return ipv4_packet(wire::protocol_icmp, icmp_message(false, {request_v4, 0, 0x12345678}, pattern(size)));
}

Octets ping_v6(std::size_t size) {
  return ipv6_packet(wire::protocol_icmpv6, icmp_message(true, {request_v6, 0, 0x12345678}, pattern(size)));
}

/// Throws a packet at the host in fragments of `step` octets.
void receive_in_fragments(IpHost& host, const Octets& packet, std::size_t step) {
  const bool v6 = packet[0] >> 4 == 6;
  const Bytes payload = Bytes{packet}.subspan(v6 ? 40 : 20);
  for (std::size_t offset = 0; offset < payload.size(); offset += step) {
    const Bytes part = payload.subspan(offset, std::min(step, payload.size() - offset));
    const bool more = offset + part.size() < payload.size();
    if (v6) {
      const Octets header = fragment_header(packet[6], static_cast<std::uint16_t>(offset), more, 7);
      host.receive(ipv6_packet(44, joined({header, part})));
    } else {
      wire::Ipv4Header header = wire::parse_ipv4(packet).value();
      header.identification = 7;
      header.more_fragments = more;
      header.fragment_offset = static_cast<std::uint16_t>(offset);
      host.receive(ipv4_packet(header, part));
    }
  }
}

Octets raw(const Tins::PDU& pdu) {
  const auto* data = pdu.find_pdu<Tins::RawPDU>();
  return data == nullptr ? Octets{} : data->payload();
}

}  // namespace

TEST_CASE("RFC 1122 §3.2.2.6: an echo request is answered with its own data", "[ip][icmp][RFC1122]") {
  IpHost host;
  const std::size_t size = GENERATE(0U, 1U, 56U, 1471U, 1472U);
  host.receive(ping_v4(size));
  const auto answers = host.answers();
  REQUIRE(answers.size() == 1);
  CHECK(checksums_right(answers[0]));
  const Tins::IP reply(answers[0].data(), static_cast<std::uint32_t>(answers[0].size()));
  CHECK(reply.src_addr() == "192.0.2.2");
  CHECK(reply.dst_addr() == "192.0.2.1");
  CHECK(reply.ttl() == 64);
  const auto& icmp = reply.rfind_pdu<Tins::ICMP>();
  CHECK(icmp.type() == Tins::ICMP::ECHO_REPLY);
  CHECK(icmp.code() == 0);
  CHECK(icmp.id() == 0x1234);
  CHECK(icmp.sequence() == 0x5678);
  CHECK(raw(icmp) == pattern(size));
  CHECK(host.count(Counter::icmp_echo_replied) == 1);
}

TEST_CASE("RFC 4443 §4.2: an ICMPv6 echo request is answered with its own data", "[ip][icmp][RFC4443]") {
  IpHost host;
  const std::size_t size = GENERATE(0U, 1U, 56U, 1451U, 1452U);
  host.receive(ping_v6(size));
  const auto answers = host.answers();
  REQUIRE(answers.size() == 1);
  CHECK(checksums_right(answers[0]));
  const Tins::IPv6 reply(answers[0].data(), static_cast<std::uint32_t>(answers[0].size()));
  CHECK(reply.src_addr() == "2001:db8::2");
  CHECK(reply.dst_addr() == "2001:db8::1");
  const auto& icmp = reply.rfind_pdu<Tins::ICMPv6>();
  CHECK(icmp.type() == Tins::ICMPv6::ECHO_REPLY);
  CHECK(icmp.identifier() == 0x1234);
  CHECK(icmp.sequence() == 0x5678);
  CHECK(raw(icmp) == pattern(size));
}

TEST_CASE("RFC 792: an echo request with a wrong checksum is dropped", "[ip][icmp][RFC792]") {
  IpHost host;
  Octets v4 = ping_v4(56);
  v4.back() ^= 1;
  host.receive(v4);
  Octets v6 = ping_v6(56);
  v6.back() ^= 1;
  host.receive(v6);
  host.receive(ipv4_packet(wire::protocol_icmp, pattern(7)));
  CHECK(host.count(Counter::icmp_malformed) == 3);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 1122 §3.2.2: the reply has the request's type of service, without ECN marks", "[ip][icmp][RFC1122]") {
  IpHost host;
  Octets v6 = ping_v6(8);
  v6[0] = 0x6b;
  v6[1] = 0xb0;
  host.receive(v6);
  wire::Ipv4Header header = wire::parse_ipv4(ping_v4(8)).value();
  header.traffic_class = 0xbb;
  host.receive(ipv4_packet(header, Bytes{ping_v4(8)}.subspan(20)));
  const auto answers = host.answers();
  REQUIRE(answers.size() == 2);
  CHECK(wire::parse_ipv6(answers[0]).value().traffic_class == 0xb8);
  CHECK(wire::parse_ipv4(answers[1]).value().traffic_class == 0xb8);
}

TEST_CASE("RFC 791 §2.3: a reply larger than the MTU goes out in fragments", "[ip][icmp][reassembly][RFC791]") {
  IpHost host;
  const std::size_t size = GENERATE(1473U, 2000U, 8000U, 65507U);
  receive_in_fragments(host, ping_v4(size), 1480);
  const auto answers = host.answers();
  REQUIRE(answers.size() == (size + 8 + 1479) / 1480);
  Tins::IPv4Reassembler reassembler;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i].size() <= 1500);
    CHECK(plain_sum(Bytes{answers[i]}.first(20)) == 0xffff);
    Tins::IP packet(answers[i].data(), static_cast<std::uint32_t>(answers[i].size()));
    CHECK((packet.flags() & Tins::IP::DONT_FRAGMENT) == 0);
    const auto status = reassembler.process(packet);
    if (i + 1 < answers.size()) {
      CHECK(status == Tins::IPv4Reassembler::FRAGMENTED);
      continue;
    }
    REQUIRE(status == Tins::IPv4Reassembler::REASSEMBLED);
    const auto& icmp = packet.rfind_pdu<Tins::ICMP>();
    CHECK(icmp.type() == Tins::ICMP::ECHO_REPLY);
    CHECK(raw(icmp) == pattern(size));
  }
}

TEST_CASE("RFC 8200 §4.5: an ICMPv6 reply larger than the MTU goes out in fragments",
          "[ip][icmp][reassembly][RFC8200]") {
  IpHost host;
  const std::size_t size = GENERATE(1453U, 2000U, 8000U, 65527U);
  receive_in_fragments(host, ping_v6(size), 1448);
  const auto answers = host.answers();
  REQUIRE(answers.size() == (size + 8 + 1447) / 1448);
  Octets message;
  std::optional<std::uint32_t> identification;
  for (const Octets& answer : answers) {
    CHECK(answer.size() <= 1500);
    const auto walked = wire::walk_extension_headers(answer);
    REQUIRE(walked.fragment.has_value());
    CHECK(walked.fragment->next_header == wire::protocol_icmpv6);
    CHECK(walked.fragment->offset == message.size());
    CHECK(walked.fragment->more_fragments == (&answer != &answers.back()));
    if (!identification) identification = walked.fragment->identification;
    CHECK(walked.fragment->identification == *identification);
    message.insert(message.end(), answer.begin() + walked.offset, answer.end());
  }
  wire::Ipv6Header header = wire::parse_ipv6(answers[0]).value();
  header.next_header = wire::protocol_icmpv6;
  const Octets whole = ipv6_packet(header, message);
  CHECK(checksums_right(whole));
  CHECK(message[0] == 129);
  CHECK(std::ranges::equal(Bytes{message}.subspan(8), pattern(size)));
}

TEST_CASE("RFC 1191: a learnt path MTU cuts replies smaller", "[ip][icmp][pmtu]") {
  IpHost host;
  REQUIRE(host.ip.lower_path_mtu(host.now, peer_v4, 600));
  host.receive(ping_v4(1400));
  const auto answers = host.answers();
  CHECK(answers.size() == 3);
  for (const Octets& answer : answers) CHECK(answer.size() <= 600);
}

TEST_CASE("RFC 6864 §4.2: fragmented replies have identifications of their own", "[ip][icmp][RFC6864]") {
  IpHost host;
  receive_in_fragments(host, ping_v4(2000), 1480);
  receive_in_fragments(host, ping_v4(2000), 1480);
  const auto answers = host.answers();
  REQUIRE(answers.size() == 4);
  const auto identification = [&](std::size_t i) { return wire::parse_ipv4(answers[i]).value().identification; };
  CHECK(identification(0) == identification(1));
  CHECK(identification(2) == identification(3));
  CHECK(identification(0) != identification(2));
}

TEST_CASE("Replies that wait are bounded in number and in octets", "[ip][icmp]") {
  StackConfig config = ip_config();
  config.max_replies = 10;
  IpHost few{config};
  for (int i = 0; i < 12; ++i) few.receive(ping_v4(56));
  CHECK(few.count(Counter::replies_over_limit) == 2);
  CHECK(few.answers().size() == 10);
  few.receive(ping_v4(56));
  CHECK(few.answers().size() == 1);

  IpHost large;
  for (int i = 0; i < 100; ++i) receive_in_fragments(large, ping_v4(65000), 1480);
  CHECK(large.count(Counter::icmp_echo_replied) == ip::Replies::max_octets / 65008);
  CHECK(large.count(Counter::replies_over_limit) == 100 - ip::Replies::max_octets / 65008);
}

TEST_CASE("An answer is the same from a copy of the host", "[ip][value]") {
  IpHost host;
  receive_in_fragments(host, ping_v4(3000), 1480);
  OutgoingPacket first;
  REQUIRE(host.ip.poll_transmit(first));
  IpHost copy = host;
  CHECK(host.answers() == copy.answers());
}

}  // namespace handwave
