// The ECN field: RFC 3168 §5.
#include "stack/wire/ecn.hpp"

#include <catch2/catch_test_macros.hpp>
#include <variant>

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "tests/support/oracle_packet.hpp"

namespace handwave::wire {
namespace {

constexpr EcnField codepoints[] = {EcnField::not_ect, EcnField::ect_1, EcnField::ect_0, EcnField::ce};

/// Built by libtins.
std::vector<std::uint8_t> packet_between(const char* a, const char* b, std::uint8_t traffic_class) {
  test::TcpPacket packet;
  packet.source = {*IpAddress::parse(a), 1};
  packet.destination = {*IpAddress::parse(b), 2};
  packet.flags = test::ACK;
  packet.text = "text";
  packet.traffic_class = traffic_class;
  return test::build(packet);
}

}  // namespace

TEST_CASE("RFC 3168 §5: the codepoints of figure 1 stand in the two lowest bits", "[wire][RFC3168]") {
  CHECK(ecn_field(0b1011'1000) == EcnField::not_ect);
  CHECK(ecn_field(0b1011'1001) == EcnField::ect_1);
  CHECK(ecn_field(0b1011'1010) == EcnField::ect_0);
  CHECK(ecn_field(0b1011'1011) == EcnField::ce);
  CHECK(with_ecn_field(0b1011'1001, EcnField::ce) == 0b1011'1011);
  CHECK(with_ecn_field(0b1011'1011, EcnField::not_ect) == 0b1011'1000);
}

TEST_CASE("RFC 3168 §5: a packet that is marked on its way is in order, and otherwise as it was", "[wire][RFC3168]") {
  for (const bool v6 : {false, true}) {
    for (const EcnField before : codepoints) {
      for (const EcnField after : codepoints) {
        CAPTURE(v6, before, after);
        auto octets = packet_between(v6 ? "2001:db8::1" : "192.0.2.1", v6 ? "2001:db8::2" : "192.0.2.2",
                                     with_ecn_field(0b1110'0100, before));
        CHECK(ecn_field_of(octets) == before);
        set_ecn_field(octets, after);
        CHECK(ecn_field_of(octets) == after);
        const test::ReadPacket read_packet = test::read(octets);  // its checksums, too
        const auto* segment = std::get_if<test::TcpPacket>(&read_packet);
        REQUIRE(segment != nullptr);
        CHECK(segment->traffic_class == with_ecn_field(0b1110'0100, after));
        CHECK(segment->text == "text");
      }
    }
  }
}

TEST_CASE("RFC 3168 §5: what is no IP packet is not ECN-capable", "[wire][RFC3168]") {
  CHECK(ecn_field_of({}) == EcnField::not_ect);
  CHECK(ecn_field_of(std::vector<std::uint8_t>(ipv4_header_size - 1, 0x4f)) == EcnField::not_ect);
  CHECK(ecn_field_of(std::vector<std::uint8_t>(ipv6_header_size - 1, 0x6f)) == EcnField::not_ect);
  CHECK(ecn_field_of(std::vector<std::uint8_t>(ipv6_header_size, 0x5f)) == EcnField::not_ect);
  // A header longer than the packet, and one shorter than a header can be.
  CHECK(ecn_field_of(std::vector<std::uint8_t>(40, 0x4f)) == EcnField::not_ect);
  CHECK(ecn_field_of(std::vector<std::uint8_t>(40, 0x43)) == EcnField::not_ect);
}

TEST_CASE("RFC 1624 §3: a mark makes no wrong header checksum right", "[wire][RFC3168]") {
  auto octets = packet_between("192.0.2.1", "192.0.2.2", static_cast<std::uint8_t>(EcnField::ect_0));
  octets[11] ^= 1;
  set_ecn_field(octets, EcnField::ce);
  CHECK(ones_complement_sum(Bytes(octets).first(ipv4_header_size)) != 0xffff);
}

}  // namespace handwave::wire
