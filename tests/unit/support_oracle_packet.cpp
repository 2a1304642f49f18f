// The test kit's own oracle: what libtins built is what libtins reads, and a damaged packet is refused.
#include "tests/support/oracle_packet.hpp"

#include <catch2/catch_test_macros.hpp>

#include "stack/wire/checksum.hpp"
#include "stack/wire/ipv4.hpp"
#include "tests/support/icmp_packet.hpp"
#include "tests/support/segment.hpp"

namespace handwave::test {
namespace {

TcpPacket sample(bool v6) {
  TcpPacket packet;
  packet.source = v6 ? Endpoint{*IpAddress::parse("2001:db8::1"), 4000} : Endpoint{IpAddress::v4(192, 0, 2, 1), 4000};
  packet.destination = v6 ? Endpoint{*IpAddress::parse("2001:db8::2"), 80} : Endpoint{IpAddress::v4(192, 0, 2, 2), 80};
  packet.flags = ACK | PSH;
  packet.seq = Seq{0xffff'fff0};
  packet.ack = Seq{0x7fff'ffff};
  packet.wnd = 5000;
  packet.timestamps = {17, 18};
  packet.sack = {{Seq{100}, Seq{200}}};
  packet.text = "an odd number of octets";
  return packet;
}

}  // namespace

TEST_CASE("test kit: a packet built by libtins is read back field by field", "[support]") {
  for (const bool v6 : {false, true}) {
    const TcpPacket packet = sample(v6);
    const auto octets = build(packet);
    const ReadPacket result = read(octets);
    REQUIRE(std::holds_alternative<TcpPacket>(result));
    const auto& back = std::get<TcpPacket>(result);
    CHECK(back.source == packet.source);
    CHECK(back.destination == packet.destination);
    CHECK(back.flags == packet.flags);
    CHECK(back.seq == packet.seq);
    CHECK(back.ack == packet.ack);
    CHECK(back.wnd == packet.wnd);
    CHECK(back.timestamps == packet.timestamps);
    CHECK(back.sack == packet.sack);
    CHECK(back.text == packet.text);
    CHECK(back.size == octets.size());
  }
}

TEST_CASE("test kit: any octet changed makes a bad packet or another one", "[support]") {
  for (const bool v6 : {false, true}) {
    const auto octets = build(sample(v6));
    const std::size_t header_size = v6 ? 40 : 20;
    for (std::size_t i = header_size; i < octets.size(); ++i) {
      auto damaged = octets;
      damaged[i] ^= 0x40;
      CHECK(std::holds_alternative<BadPacket>(read(damaged)));
    }
    TcpPacket wrong = sample(v6);
    wrong.wrong_checksum = true;
    CHECK(std::holds_alternative<BadPacket>(read(build(wrong))));
  }
  auto damaged = build(sample(false));
  damaged[8] ^= 1;
  CHECK(std::holds_alternative<BadPacket>(read(damaged)));
}

TEST_CASE("test kit: raw options go out as they are, with a right checksum", "[support]") {
  TcpPacket packet = sample(false);
  packet.text.clear();
  packet.raw_options = {1, 1, 2, 4, 5, 0xb4};
  const auto octets = build(packet);
  REQUIRE(octets.size() == 48);
  CHECK(std::vector<std::uint8_t>(octets.begin() + 40, octets.end()) ==
        std::vector<std::uint8_t>{1, 1, 2, 4, 5, 0xb4, 0, 0});
  const std::uint16_t pseudo = wire::pseudo_header_sum(packet.source.address, packet.destination.address, 6, 28);
  CHECK(wire::ones_complement_sum(Bytes{octets}.subspan(20), pseudo) == 0xffff);
}

TEST_CASE("test kit: an ICMP error quotes its packet and has a right checksum", "[support]") {
  const auto quoted = build(sample(false));
  const auto message =
      build_icmp_error(IpAddress::v4(192, 0, 2, 9), IpAddress::v4(192, 0, 2, 1), 3, 4, 1280, quoted, 8);
  CHECK(wire::ipv4_checksum_right(message, 20));
  CHECK(wire::ones_complement_sum(Bytes{message}.subspan(20)) == 0xffff);
  CHECK(message.size() == 20 + 8 + 20 + 8);
  const auto quoted6 = build(sample(true));
  const IpAddress router = *IpAddress::parse("2001:db8::9");
  const IpAddress sender = *IpAddress::parse("2001:db8::1");
  const auto message6 = build_icmp_error(router, sender, 2, 0, 1280, quoted6, 1200);
  CHECK(wire::ones_complement_sum(
            Bytes{message6}.subspan(40),
            wire::pseudo_header_sum(router, sender, 58, static_cast<std::uint32_t>(message6.size() - 40))) == 0xffff);
}

TEST_CASE("test kit: what is said of a segment is compared, the rest is not", "[support]") {
  const TcpPacket packet = sample(false);
  const Seq seq_base{0xffff'fff0 - 1};
  const Seq ack_base{0x7fff'fff0};
  CHECK_FALSE(data("an odd number of octets").seq(1).ack(15).difference(packet, seq_base, ack_base));
  CHECK_FALSE(octets(23).timestamps(17, 18).difference(packet, seq_base, ack_base));
  CHECK(data("an odd number of octetz").difference(packet, seq_base, ack_base));
  CHECK(octets(23).seq(2).difference(packet, seq_base, ack_base));
  CHECK(octets(23).ack(14).difference(packet, seq_base, ack_base));
  CHECK(octets(23).no_timestamps().difference(packet, seq_base, ack_base));
  CHECK(octets(23).no_psh().difference(packet, seq_base, ack_base));
  CHECK(octets(23).mss(1460).difference(packet, seq_base, ack_base));
  CHECK(fin().any_text().difference(packet, seq_base, ack_base));
  CHECK(ack()
            .any_text()
            .where("SEG.WND is zero", [](const TcpPacket& p) { return p.wnd == 0; })
            .difference(packet, seq_base, ack_base));
}

}  // namespace handwave::test
