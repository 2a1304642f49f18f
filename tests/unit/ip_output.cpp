// IP headers in front of the transport's packets, and identifications: RFC 791 §3.1, RFC 6864, RFC 1191 §3, RFC 8200
// §3.
#include <tins/tins.h>

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "stack/ip/identification.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace test;

const IpAddress remote_v4 = IpAddress::v4(198, 51, 100, 9);

ip::Envelope envelope_v4() { return {our_v4, remote_v4, wire::protocol_tcp, 33, 0xb8}; }

wire::Ipv4Header written_v4(IpHost& host, OutgoingPacket& packet) {
  host.ip.write_header(packet, envelope_v4(), 20);
  // The parser wants the payload too, which is elsewhere.
  Octets whole(packet.header().begin(), packet.header().end());
  whole.resize(packet.size());
  return wire::parse_ipv4(whole).value();
}

}  // namespace

TEST_CASE("RFC 791 §3.1: the IPv4 header fits the packet, and libtins reads it", "[ip][output][MUST-49]") {
  IpHost host;
  OutgoingPacket packet;
  const Octets data = pattern(1000);
  packet.add_payload(Bytes{data}.first(400));
  packet.add_payload(Bytes{data}.subspan(400));
  const MutableBytes place = host.ip.write_header(packet, envelope_v4(), 32);
  CHECK(place.size() == 32);
  CHECK(place.data() == packet.header().data() + 20);
  wire::TcpHeader tcp;
  tcp.source_port = 80;
  tcp.destination_port = 50000;
  wire::write_tcp(tcp, place.first(20));

  Octets octets(packet.header().begin(), packet.header().end());
  octets.insert(octets.end(), data.begin(), data.end());
  CHECK(octets.size() == packet.size());
  CHECK(plain_sum(Bytes{octets}.first(20)) == 0xffff);
  const Tins::IP read(octets.data(), static_cast<std::uint32_t>(octets.size()));
  CHECK(read.tot_len() == 20 + 32 + 1000);
  CHECK(read.src_addr() == "192.0.2.2");
  CHECK(read.dst_addr() == "198.51.100.9");
  CHECK(read.protocol() == 6);
  CHECK(read.ttl() == 33);
  CHECK(read.tos() == 0xb8);
  CHECK(read.rfind_pdu<Tins::TCP>().sport() == 80);
}

TEST_CASE("RFC 8200 §3: the IPv6 header fits the packet, and libtins reads it", "[ip][output][MUST-49]") {
  IpHost host;
  OutgoingPacket packet;
  const Octets data = pattern(60000);
  packet.add_payload(data);
  const MutableBytes place = host.ip.write_header(packet, {our_v6(), peer_v6(), wire::protocol_tcp, 33, 0xb8}, 20);
  CHECK(place.size() == 20);
  wire::write_tcp({}, place);
  Octets octets(packet.header().begin(), packet.header().end());
  octets.insert(octets.end(), data.begin(), data.end());
  const Tins::IPv6 read(octets.data(), static_cast<std::uint32_t>(octets.size()));
  CHECK(read.payload_length() == 60020);
  CHECK(read.src_addr() == "2001:db8::2");
  CHECK(read.dst_addr() == "2001:db8::1");
  CHECK(read.hop_limit() == 33);
  CHECK(read.traffic_class() == 0xb8);
  CHECK(read.find_pdu<Tins::TCP>() != nullptr);
}

TEST_CASE("RFC 791 §3.1: a super-segment may fill 65535 octets", "[ip][output]") {
  IpHost host;
  OutgoingPacket packet;
  const Octets data = pattern(65535 - 40);
  packet.add_payload(data);
  CHECK(written_v4(host, packet).total_length == 65535);
}

TEST_CASE("RFC 1191 §3, RFC 6864 §4.1: segments go with DF, and need no identification", "[ip][output][RFC6864]") {
  IpHost host;
  OutgoingPacket packet;
  const auto header = written_v4(host, packet);
  CHECK(header.dont_fragment);
  CHECK(header.identification == 0);
}

TEST_CASE("RFC 6864 §4.2: on a path below the floor, segments may be cut and are numbered", "[ip][output][RFC6864]") {
  IpHost host;
  REQUIRE(host.ip.lower_path_mtu(host.now, remote_v4, 296));
  CHECK(host.ip.path_mtu(remote_v4) == 552);
  OutgoingPacket packet;
  const auto first = written_v4(host, packet);
  packet.clear();
  const auto second = written_v4(host, packet);
  CHECK_FALSE(first.dont_fragment);
  CHECK_FALSE(second.dont_fragment);
  CHECK(first.identification != second.identification);

  host.advance(ip::PathMtus::lifetime);
  CHECK(host.ip.path_mtu(remote_v4) == 1500);
  packet.clear();
  CHECK(written_v4(host, packet).dont_fragment);
}

TEST_CASE("RFC 6864 §4.3: no identification comes twice before all were used", "[ip][output][RFC6864]") {
  Random random{secret_from_seed(3)};
  ip::Identification identification{random};
  std::set<std::uint16_t> seen;
  int in_order = 0;
  std::uint16_t last = 0;
  for (int i = 0; i < 65536; ++i) {
    const std::uint16_t next = identification.next16();
    in_order += next == static_cast<std::uint16_t>(last + 1) ? 1 : 0;
    last = next;
    seen.insert(next);
  }
  CHECK(seen.size() == 65536);
  CHECK(in_order < 20);  // RFC 7739: nor can the next be told from the last
  std::set<std::uint32_t> seen32;
  for (int i = 0; i < 100000; ++i) seen32.insert(identification.next32());
  CHECK(seen32.size() == 100000);
}

}  // namespace handwave
