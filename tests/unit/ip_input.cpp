// What gets to the transport and what does not: RFC 1122 §3.2.1, RFC 8200 §3, §4, RFC 9293 §3.9.2.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <random>

#include "stack/wire/tcp.hpp"
#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace test;

constexpr std::uint8_t tcp = wire::protocol_tcp;

bool nothing(const ip::Arrival& arrival) { return std::holds_alternative<std::monostate>(arrival); }

wire::Ipv4Header header_v4(const IpAddress& source, const IpAddress& destination) {
  wire::Ipv4Header header;
  header.protocol = tcp;
  header.source = source;
  header.destination = destination;
  return header;
}

wire::Ipv6Header header_v6(const IpAddress& source, const IpAddress& destination) {
  wire::Ipv6Header header;
  header.next_header = tcp;
  header.source = source;
  header.destination = destination;
  return header;
}

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

}  // namespace

TEST_CASE("RFC 791: a segment for us is handed on without a copy", "[ip][input]") {
  IpHost host;
  const Octets segment = pattern(60000);
  const bool v6 = GENERATE(false, true);
  Octets bytes = v6 ? ipv6_packet(tcp, segment) : ipv4_packet(tcp, segment);
  const std::size_t header_size = bytes.size() - segment.size();
  bytes.resize(bytes.size() + 7);  // padding of a link
  const Slice packet = Slice::copy_of(bytes);

  const ip::Arrival arrival = host.ip.receive(host.now, {packet, true, 1448}, host.counters);
  const auto* tcp_arrival = std::get_if<ip::TcpArrival>(&arrival);
  REQUIRE(tcp_arrival != nullptr);
  CHECK(tcp_arrival->source == (v6 ? peer_v6() : peer_v4));
  CHECK(tcp_arrival->destination == (v6 ? our_v6() : our_v4));
  CHECK(tcp_arrival->segment.data() == packet.data() + header_size);
  CHECK(tcp_arrival->segment.size() == segment.size());
  CHECK(tcp_arrival->checksum_verified);
  CHECK(tcp_arrival->segment_size == 1448);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 2474: the traffic class comes with the segment", "[ip][input]") {
  IpHost host;
  wire::Ipv4Header v4 = header_v4(peer_v4, our_v4);
  v4.traffic_class = 0xb9;
  wire::Ipv6Header v6 = header_v6(peer_v6(), our_v6());
  v6.traffic_class = 0xb9;
  CHECK(std::get<ip::TcpArrival>(host.receive(ipv4_packet(v4, pattern(20)))).traffic_class == 0xb9);
  CHECK(std::get<ip::TcpArrival>(host.receive(ipv6_packet(v6, pattern(20)))).traffic_class == 0xb9);
}

TEST_CASE("RFC 1122 §3.2.1.2: a wrong IPv4 header checksum is discarded in silence", "[ip][input][RFC1122]") {
  IpHost host;
  Octets packet = ipv4_packet(tcp, pattern(20));
  packet[8] ^= 1;  // the TTL
  CHECK(nothing(host.receive(packet)));
  CHECK(host.count(Counter::ip_bad_checksum) == 1);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 1122 §3.2.1: packets that contradict themselves are discarded", "[ip][input][RFC1122]") {
  IpHost host;
  CHECK(nothing(host.receive({})));
  CHECK(nothing(host.receive(Octets{0x50, 1, 2, 3})));
  CHECK(host.count(Counter::ip_bad_version) == 2);

  Octets v4 = ipv4_packet(tcp, pattern(20));
  v4.pop_back();
  CHECK(nothing(host.receive(v4)));
  Octets v6 = ipv6_packet(tcp, pattern(20));
  v6.pop_back();
  CHECK(nothing(host.receive(v6)));
  CHECK(nothing(host.receive(Octets{0x45})));
  CHECK(nothing(host.receive(Octets{0x60})));
  CHECK(host.count(Counter::ip_malformed) == 4);
}

TEST_CASE("RFC 9293 §3.9.2.3: a segment to a broadcast or multicast address is discarded", "[ip][input][MUST-57]") {
  IpHost host;
  for (const auto* to : {"255.255.255.255", "192.0.2.255", "192.0.2.0", "224.0.0.1"}) {
    INFO(to);
    CHECK(nothing(host.receive(ipv4_packet(header_v4(peer_v4, address(to)), pattern(20)))));
  }
  CHECK(nothing(host.receive(ipv6_packet(header_v6(peer_v6(), address("ff02::1")), pattern(20)))));
  CHECK(host.count(Counter::tcp_invalid_address) == 5);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 1122 §3.2.2: nothing to a broadcast or multicast address is answered", "[ip][input][RFC1122]") {
  IpHost host;
  for (const auto* to : {"255.255.255.255", "192.0.2.255", "224.0.0.1"}) {
    wire::Ipv4Header header = header_v4(peer_v4, address(to));
    header.protocol = wire::protocol_udp;
    CHECK(nothing(host.receive(ipv4_packet(header, pattern(20)))));
    header.protocol = wire::protocol_icmp;
    CHECK(nothing(host.receive(ipv4_packet(header, icmp_message(false, {8, 0, 1}, pattern(8))))));
  }
  CHECK(host.count(Counter::ip_broadcast_or_multicast) == 6);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 1122 §3.2.1.3: packets for other hosts are discarded", "[ip][input][RFC1122]") {
  IpHost host;
  CHECK(nothing(host.receive(ipv4_packet(header_v4(peer_v4, address("192.0.2.3")), pattern(20)))));
  CHECK(nothing(host.receive(ipv6_packet(header_v6(peer_v6(), address("2001:db8::3")), pattern(20)))));
  CHECK(host.count(Counter::ip_not_for_us) == 2);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 9293 §3.9.2.3: a segment with an invalid source address is discarded", "[ip][input][MUST-63]") {
  IpHost host;
  std::uint64_t sent = 0;
  for (const auto* from : {"255.255.255.255", "192.0.2.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "192.0.2.2"}) {
    INFO(from);
    CHECK(nothing(host.receive(ipv4_packet(header_v4(address(from), our_v4), pattern(20)))));
    CHECK(host.count(Counter::ip_invalid_source) == ++sent);
  }
  for (const auto* from : {"ff02::1", "::", "::1", "2001:db8::2"}) {
    INFO(from);
    CHECK(nothing(host.receive(ipv6_packet(header_v6(address(from), our_v6()), pattern(20)))));
    CHECK(host.count(Counter::ip_invalid_source) == ++sent);
  }
}

TEST_CASE("RFC 9293 §3.9.2: IPv4 options are stepped over", "[ip][input][MUST-50]") {
  IpHost host;
  const Octets segment = pattern(40);
  Octets packet = ipv4_packet(tcp, segment);
  const Octets options{0x07, 0x07, 0x04, 0, 0, 0, 0, 0x99, 0xff, 0, 0, 0};  // Record Route, then an absurd one
  packet.insert(packet.begin() + 20, options.begin(), options.end());
  packet[0] = 0x48;
  store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  store_be16(&packet[10], 0);
  store_be16(&packet[10], static_cast<std::uint16_t>(~plain_sum(Bytes{packet}.first(32))));

  const auto arrival = std::get<ip::TcpArrival>(host.receive(packet));
  CHECK(std::ranges::equal(arrival.segment.bytes(), segment));
  CHECK(host.count(Counter::ip_options_ignored) == 1);
}

TEST_CASE("RFC 8200 §4: extension headers without meaning to us are stepped over", "[ip][input][RFC8200]") {
  IpHost host;
  const Octets segment = pattern(40);
  const Octets hop_by_hop{60, 0, 1, 4, 0, 0, 0, 0};         // PadN
  const Octets destination{44, 0, 0x1e, 4, 1, 2, 3, 4};     // an option to be skipped if unknown
  const Octets atomic = fragment_header(tcp, 0, false, 7);  // RFC 6946
  const auto arrival =
      std::get<ip::TcpArrival>(host.receive(ipv6_packet(0, joined({hop_by_hop, destination, atomic, segment}))));
  CHECK(std::ranges::equal(arrival.segment.bytes(), segment));
  CHECK(host.count(Counter::ip_options_ignored) == 1);
  CHECK(host.count(Counter::fragments_received) == 0);
}

TEST_CASE("RFC 791 §3.2, RFC 8200 §4.5: a segment is put together from fragments", "[ip][input][reassembly]") {
  IpHost host;
  const Octets segment = pattern(3000);
  const Bytes bytes{segment};
  const bool v6 = GENERATE(false, true);
  const auto packet = [&](std::uint16_t offset, std::size_t size) {
    const bool more = offset + size < segment.size();
    if (v6) return ipv6_packet(44, joined({fragment_header(tcp, offset, more, 99), bytes.subspan(offset, size)}));
    wire::Ipv4Header header = header_v4(peer_v4, our_v4);
    header.identification = 99;
    header.more_fragments = more;
    header.fragment_offset = offset;
    return ipv4_packet(header, bytes.subspan(offset, size));
  };
  CHECK(nothing(host.receive(packet(2400, 600))));
  CHECK(nothing(host.receive(packet(1200, 1200))));
  CHECK(host.ip.poll_timeout().has_value());
  const auto arrival = std::get<ip::TcpArrival>(host.receive(packet(0, 1200)));
  CHECK(std::ranges::equal(arrival.segment.bytes(), segment));
  CHECK_FALSE(arrival.checksum_verified);
  CHECK(arrival.segment_size == 0);
  CHECK(host.count(Counter::fragments_received) == 3);
  CHECK(host.count(Counter::fragments_reassembled) == 1);
  CHECK_FALSE(host.ip.poll_timeout().has_value());
}

TEST_CASE("RFC 8200 §4.5: headers before the fragment header come from the first fragment", "[ip][reassembly]") {
  IpHost host;
  const Octets segment = pattern(64);
  const Bytes bytes{segment};
  const Octets options{44, 0, 1, 4, 0, 0, 0, 0};
  const Octets routing{tcp, 0, 253, 0, 0, 0, 0, 0};  // behind it, and whole in the first fragment
  CHECK(nothing(host.receive(ipv6_packet(44, joined({fragment_header(200, 40, false, 5), bytes.subspan(32)})))));
  const auto arrival = std::get<ip::TcpArrival>(
      host.receive(ipv6_packet(60, joined({options, fragment_header(43, 0, true, 5), routing, bytes.first(32)}))));
  CHECK(std::ranges::equal(arrival.segment.bytes(), segment));
}

TEST_CASE("RFC 3168 §5.3: a mark on a fragment is a mark on the segment",
          "[ip][reassembly][RFC3168][3168-5.3-a][3168-5.3-b]") {
  IpHost host;
  wire::Ipv4Header v4 = header_v4(peer_v4, our_v4);
  v4.traffic_class = 0x02;
  v4.more_fragments = true;
  CHECK(nothing(host.receive(ipv4_packet(v4, pattern(24)))));
  v4.traffic_class = 0x03;
  v4.more_fragments = false;
  v4.fragment_offset = 24;
  CHECK(std::get<ip::TcpArrival>(host.receive(ipv4_packet(v4, pattern(8)))).traffic_class == 0x03);

  wire::Ipv6Header v6 = header_v6(peer_v6(), our_v6());
  v6.next_header = 44;
  v6.traffic_class = 0xb9;
  CHECK(nothing(host.receive(ipv6_packet(v6, joined({fragment_header(tcp, 0, true, 5), pattern(24)})))));
  v6.traffic_class = 0xbb;
  const Octets last = joined({fragment_header(tcp, 24, false, 5), pattern(8)});
  CHECK(std::get<ip::TcpArrival>(host.receive(ipv6_packet(v6, last))).traffic_class == 0xbb);
}

TEST_CASE("RFC 791 §3.2: faulty fragments are dropped and counted", "[ip][input][reassembly]") {
  IpHost host;
  wire::Ipv4Header header = header_v4(peer_v4, our_v4);
  header.more_fragments = true;
  CHECK(nothing(host.receive(ipv4_packet(header, pattern(25)))));  // ragged
  CHECK(nothing(host.receive(ipv4_packet(header, {}))));           // empty
  header.fragment_offset = 65528;
  header.more_fragments = false;
  CHECK(nothing(host.receive(ipv4_packet(header, pattern(8)))));  // beyond 64 KiB
  CHECK(host.count(Counter::fragments_invalid) == 3);
  CHECK_FALSE(host.ip.poll_timeout().has_value());
  CHECK(host.answers().empty());
}

TEST_CASE("Random octets are dropped and counted, whatever they are", "[ip][input]") {
  IpHost host;
  std::mt19937 random{GENERATE(range(0U, 8U))};
  for (int i = 0; i < 2000; ++i) {
    Octets packet = i % 2 == 0 ? ipv4_packet(static_cast<std::uint8_t>(random()), pattern(random() % 200))
                               : ipv6_packet(static_cast<std::uint8_t>(random()), pattern(random() % 200));
    for (int flips = 0; flips < 3; ++flips) packet[random() % packet.size()] = static_cast<std::uint8_t>(random());
    if (packet[0] >> 4 == 4 && packet.size() >= 20) {
      store_be16(&packet[10], 0);
      store_be16(&packet[10], static_cast<std::uint16_t>(~plain_sum(Bytes{packet}.first(20))));
    }
    host.receive(packet);
    host.advance(std::chrono::milliseconds{1});
    for (const Octets& answer : host.answers()) CHECK(checksums_right(answer));
  }
}

}  // namespace handwave
