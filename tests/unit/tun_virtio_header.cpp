// The header before packets of a TUN device: Virtio specification §5.1.6.
#include "tun/virtio_header.hpp"

#include <catch2/catch_test_macros.hpp>
#include <tuple>

#include "tests/support/tcp_packet.hpp"

using namespace handwave;

namespace {

const IpAddress v4_a = IpAddress::v4(192, 0, 2, 1);
const IpAddress v4_b = IpAddress::v4(192, 0, 2, 2);
const IpAddress v6_a = *IpAddress::parse("2001:db8::1");
const IpAddress v6_b = *IpAddress::parse("2001:db8::2");

}  // namespace

TEST_CASE("virtio: an IPv4 super-segment asks for TCPv4 segmentation and a finished checksum", "[tun][offload]") {
  const auto text = test::counting_text(5000);
  OutgoingPacket packet;
  test::make_tcp(packet, v4_a, v4_b, {}, text, 1460);
  const VirtioHeader header = VirtioHeader::describing(packet);
  CHECK(header.flags == VirtioHeader::flag_needs_checksum);
  CHECK(header.gso_type == VirtioHeader::gso_tcp4);
  CHECK(header.gso_size == 1460);
  CHECK(header.header_length == 40);
  CHECK(header.checksum_start == 20);
  CHECK(header.checksum_offset == 16);
}

TEST_CASE("virtio: an IPv6 super-segment asks for TCPv6 segmentation", "[tun][offload]") {
  const auto text = test::counting_text(5000);
  OutgoingPacket packet;
  test::make_tcp(packet, v6_a, v6_b, {}, text, 1440);
  const VirtioHeader header = VirtioHeader::describing(packet);
  CHECK(header.gso_type == VirtioHeader::gso_tcp6);
  CHECK(header.header_length == 60);
  CHECK(header.checksum_start == 40);
}

TEST_CASE("virtio: of a super-segment with CWR the first segment alone is to have it (RFC 3168 §6.1.2)",
          "[tun][offload][RFC3168]") {
  const auto text = test::counting_text(5000);
  for (const auto& [from, to, type] : {std::tuple{v4_a, v4_b, VirtioHeader::gso_tcp4},  //
                                       std::tuple{v6_a, v6_b, VirtioHeader::gso_tcp6}}) {
    OutgoingPacket packet;
    wire::TcpHeader segment;
    segment.flags = {.ece = true, .ack = true};
    test::make_tcp(packet, from, to, segment, text, 1400);
    CHECK(VirtioHeader::describing(packet).gso_type == type);
    segment.flags.cwr = true;
    test::make_tcp(packet, from, to, segment, text, 1400);
    CHECK(VirtioHeader::describing(packet).gso_type == (type | VirtioHeader::gso_ecn));
    test::make_tcp(packet, from, to, segment, Bytes{text}.first(1400), 1400);
    CHECK(VirtioHeader::describing(packet).gso_type == VirtioHeader::gso_none);
  }
}

TEST_CASE("virtio: what fits one segment is not called a super-segment", "[tun][offload]") {
  const auto text = test::counting_text(1460);
  OutgoingPacket packet;
  test::make_tcp(packet, v4_a, v4_b, {}, text, 1460);
  const VirtioHeader header = VirtioHeader::describing(packet);
  CHECK(header.gso_type == VirtioHeader::gso_none);
  CHECK(header.gso_size == 0);
  CHECK(header.flags == VirtioHeader::flag_needs_checksum);
}

TEST_CASE("virtio: a finished packet asks for nothing", "[tun][offload]") {
  OutgoingPacket packet;
  test::make_tcp(packet, v4_a, v4_b, {}, {});
  packet.checksum_partial = false;
  const VirtioHeader header = VirtioHeader::describing(packet);
  CHECK(header.flags == 0);
  CHECK(header.checksum_start == 0);
}

TEST_CASE("virtio: a checksum is believed if it was verified or never computed, and only then", "[tun][offload]") {
  CHECK(VirtioHeader{.flags = VirtioHeader::flag_needs_checksum}.checksum_verified());
  CHECK(VirtioHeader{.flags = VirtioHeader::flag_data_valid}.checksum_verified());
  CHECK_FALSE(VirtioHeader{}.checksum_verified());
  CHECK_FALSE(VirtioHeader{.flags = 4}.checksum_verified());
}

TEST_CASE("virtio: a segment size counts for TCP super-segments only, with or without ECN", "[tun][offload]") {
  const auto segment_size = [](std::uint8_t type) {
    return VirtioHeader{.gso_type = type, .gso_size = 1448}.segment_size();
  };
  CHECK(segment_size(VirtioHeader::gso_none) == 0);
  CHECK(segment_size(VirtioHeader::gso_tcp4) == 1448);
  CHECK(segment_size(VirtioHeader::gso_tcp6) == 1448);
  CHECK(segment_size(VirtioHeader::gso_tcp4 | VirtioHeader::gso_ecn) == 1448);
  CHECK(segment_size(3) == 0);  // UDP
  CHECK(segment_size(5) == 0);  // UDP, cut by layer 4
}
