// libtins reads what we write: every header, with random values, field by field. It recomputes checksums when it
// serialises, so a packet of ours that comes out of it with the same checksums had the right ones.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "stack/wire/checksum.hpp"
#include "stack/wire/icmp.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/segmentation.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/libtins.hpp"

using namespace handwave;
using namespace handwave::wire;
using namespace handwave::test;

namespace {

using Octets = std::vector<std::uint8_t>;

Octets joined(const Octets& front, const Octets& back) {
  Octets result(front.size() + back.size());
  std::copy(back.begin(), back.end(), std::copy(front.begin(), front.end(), result.begin()));
  return result;
}

Octets with_ipv4(Ipv4Header header, const Octets& payload) {
  Octets octets(ipv4_header_size);
  header.total_length = static_cast<std::uint16_t>(ipv4_header_size + payload.size());
  write_ipv4(header, octets);
  return joined(octets, payload);
}

Octets with_ipv6(Ipv6Header header, const Octets& payload) {
  Octets octets(ipv6_header_size);
  header.payload_length = static_cast<std::uint16_t>(payload.size());
  write_ipv6(header, octets);
  return joined(octets, payload);
}

/// A TCP segment with its checksum.
Octets segment(const TcpHeader& header, const Octets& text, const IpAddress& source, const IpAddress& destination) {
  Octets octets(tcp_size(header));
  write_tcp(header, octets);
  octets = joined(octets, text);
  const std::uint16_t pseudo =
      pseudo_header_sum(source, destination, protocol_tcp, static_cast<std::uint32_t>(octets.size()));
  store_be16(&octets[tcp_checksum_offset], static_cast<std::uint16_t>(~ones_complement_sum(octets, pseudo)));
  return octets;
}

void check_options(const Tins::TCP& theirs, const TcpOptions& ours) {
  using Kind = Tins::TCP::OptionTypes;
  REQUIRE((theirs.search_option(Kind::MSS) != nullptr) == ours.mss.has_value());
  if (ours.mss) REQUIRE(theirs.mss() == *ours.mss);
  REQUIRE((theirs.search_option(Kind::WSCALE) != nullptr) == ours.window_scale.has_value());
  if (ours.window_scale) REQUIRE(theirs.winscale() == *ours.window_scale);
  REQUIRE(theirs.has_sack_permitted() == ours.sack_permitted);
  REQUIRE((theirs.search_option(Kind::TSOPT) != nullptr) == ours.timestamps.has_value());
  if (ours.timestamps) {
    REQUIRE(theirs.timestamp() == std::pair(ours.timestamps->value, ours.timestamps->echo_reply));
  }
  REQUIRE((theirs.search_option(Kind::SACK) != nullptr) == (ours.sack_count != 0));
  if (ours.sack_count == 0) return;
  std::vector<std::uint32_t> edges;
  for (std::size_t i = 0; i < ours.sack_count; ++i) {
    edges.push_back(ours.sack_blocks[i].left.value());
    edges.push_back(ours.sack_blocks[i].right.value());
  }
  REQUIRE(theirs.sack() == edges);
}

void check_tcp(const Tins::TCP& theirs, const TcpHeader& ours, const Octets& text) {
  REQUIRE(theirs.sport() == ours.source_port);
  REQUIRE(theirs.dport() == ours.destination_port);
  REQUIRE(theirs.seq() == ours.seq.value());
  REQUIRE(theirs.ack_seq() == ours.ack.value());
  REQUIRE(theirs.window() == ours.wnd);
  REQUIRE(theirs.urg_ptr() == ours.up);
  REQUIRE(theirs.data_offset() * 4U == tcp_size(ours));
  REQUIRE((theirs.get_flag(Tins::TCP::CWR) != 0) == ours.flags.cwr);
  REQUIRE((theirs.get_flag(Tins::TCP::ECE) != 0) == ours.flags.ece);
  REQUIRE((theirs.get_flag(Tins::TCP::URG) != 0) == ours.flags.urg);
  REQUIRE((theirs.get_flag(Tins::TCP::ACK) != 0) == ours.flags.ack);
  REQUIRE((theirs.get_flag(Tins::TCP::PSH) != 0) == ours.flags.psh);
  REQUIRE((theirs.get_flag(Tins::TCP::RST) != 0) == ours.flags.rst);
  REQUIRE((theirs.get_flag(Tins::TCP::SYN) != 0) == ours.flags.syn);
  REQUIRE((theirs.get_flag(Tins::TCP::FIN) != 0) == ours.flags.fin);
  check_options(theirs, ours.options);
  const auto* payload = theirs.find_pdu<Tins::RawPDU>();
  REQUIRE((payload == nullptr ? Octets{} : payload->payload()) == text);
}

/// The checksum that libtins makes for the same segment.
template <class Packet>
std::uint16_t tcp_checksum_by_libtins(const Packet& packet) {
  Packet copy(packet);
  const Octets serialised = copy.serialize();
  return Packet(serialised.data(), static_cast<std::uint32_t>(serialised.size()))
      .template rfind_pdu<Tins::TCP>()
      .checksum();
}

}  // namespace

TEST_CASE("libtins reads every IPv4 header that we write", "[oracle][ipv4]") {
  Dice dice(101);
  for (int round = 0; round < 3000; ++round) {
    Ipv4Header ours = dice.ipv4();
    ours.protocol = 253;                                      // for experiments (RFC 3692): libtins looks no further
    const Octets payload = dice.octets(dice.between(1, 30));  // without any it forgets the protocol
    const Octets packet = with_ipv4(ours, payload);
    Tins::IP theirs(packet.data(), static_cast<std::uint32_t>(packet.size()));
    REQUIRE(theirs.version() == 4);
    REQUIRE(theirs.head_len() == 5);
    REQUIRE(theirs.tos() == ours.traffic_class);
    REQUIRE(theirs.tot_len() == packet.size());
    REQUIRE(theirs.id() == ours.identification);
    REQUIRE(((theirs.flags() & Tins::IP::DONT_FRAGMENT) != 0) == ours.dont_fragment);
    REQUIRE(((theirs.flags() & Tins::IP::MORE_FRAGMENTS) != 0) == ours.more_fragments);
    REQUIRE(theirs.fragment_offset() * 8U == ours.fragment_offset);
    REQUIRE(theirs.ttl() == ours.ttl);
    REQUIRE(theirs.protocol() == ours.protocol);
    REQUIRE(address_of(theirs.src_addr()) == ours.source);
    REQUIRE(address_of(theirs.dst_addr()) == ours.destination);
    REQUIRE(theirs.serialize() == packet);  // the header checksum among it
  }
}

TEST_CASE("libtins reads every IPv6 header that we write", "[oracle][ipv6]") {
  Dice dice(102);
  for (int round = 0; round < 3000; ++round) {
    Ipv6Header ours = dice.ipv6();
    ours.next_header = 253;
    const Octets payload = dice.octets(dice.between(0, 30));
    const Octets packet = with_ipv6(ours, payload);
    const Tins::IPv6 theirs(packet.data(), static_cast<std::uint32_t>(packet.size()));
    REQUIRE(theirs.version() == 6);
    REQUIRE(theirs.traffic_class() == ours.traffic_class);
    REQUIRE(theirs.flow_label() == ours.flow_label);
    REQUIRE(theirs.payload_length() == payload.size());
    REQUIRE(theirs.next_header() == ours.next_header);
    REQUIRE(theirs.hop_limit() == ours.hop_limit);
    REQUIRE(address_of(theirs.src_addr()) == ours.source);
    REQUIRE(address_of(theirs.dst_addr()) == ours.destination);
  }
}

TEST_CASE("libtins reads every TCP segment that we write over IPv4, and agrees on its checksum",
          "[oracle][tcp][ipv4][MUST-2]") {
  Dice dice(103);
  for (int round = 0; round < 3000; ++round) {
    Ipv4Header ip = dice.ipv4();
    ip.protocol = protocol_tcp;
    ip.more_fragments = false;
    ip.fragment_offset = 0;
    const TcpHeader ours = dice.tcp();
    const Octets text = dice.octets(dice.between(0, 40));
    const Octets packet = with_ipv4(ip, segment(ours, text, ip.source, ip.destination));
    const Tins::IP theirs(packet.data(), static_cast<std::uint32_t>(packet.size()));
    check_tcp(theirs.rfind_pdu<Tins::TCP>(), ours, text);
    REQUIRE(theirs.rfind_pdu<Tins::TCP>().checksum() == tcp_checksum_by_libtins(theirs));
  }
}

TEST_CASE("libtins reads every TCP segment that we write over IPv6, and agrees on its checksum",
          "[oracle][tcp][ipv6][MUST-2]") {
  Dice dice(104);
  for (int round = 0; round < 3000; ++round) {
    Ipv6Header ip = dice.ipv6();
    ip.next_header = protocol_tcp;
    const TcpHeader ours = dice.tcp();
    const Octets text = dice.octets(dice.between(0, 40));
    const Octets packet = with_ipv6(ip, segment(ours, text, ip.source, ip.destination));
    const Tins::IPv6 theirs(packet.data(), static_cast<std::uint32_t>(packet.size()));
    check_tcp(theirs.rfind_pdu<Tins::TCP>(), ours, text);
    REQUIRE(theirs.rfind_pdu<Tins::TCP>().checksum() == tcp_checksum_by_libtins(theirs));
  }
}

TEST_CASE("libtins agrees with every piece that segmentation cuts", "[oracle][segmentation]") {
  Dice dice(105);
  for (int round = 0; round < 300; ++round) {
    Ipv4Header ip = dice.ipv4();
    ip.protocol = protocol_tcp;
    ip.more_fragments = false;
    ip.fragment_offset = 0;
    TcpHeader ours = dice.tcp();
    ours.flags.urg = false;
    const Octets text = dice.octets(dice.between(0, 3000));
    OutgoingPacket packet;
    const std::size_t transport_size = tcp_size(ours) + text.size();
    ip.total_length = static_cast<std::uint16_t>(ipv4_header_size + transport_size);
    const MutableBytes header = packet.resize_header(ipv4_header_size + tcp_size(ours));
    write_ipv4(ip, header);
    write_tcp(ours, header.subspan(ipv4_header_size));
    store_be16(header.data() + ipv4_header_size + tcp_checksum_offset,
               pseudo_header_sum(ip.source, ip.destination, protocol_tcp, static_cast<std::uint32_t>(transport_size)));
    packet.add_payload(text);
    packet.checksum_partial = true;
    packet.checksum_start = ipv4_header_size;
    packet.checksum_offset = tcp_checksum_offset;
    packet.segment_size = static_cast<std::uint16_t>(dice.between(1, 1500));

    Segmentation segmentation(packet);
    Octets piece;
    Octets text_back;
    while (segmentation.next(piece)) {
      Tins::IP theirs(piece.data(), static_cast<std::uint32_t>(piece.size()));
      const auto& tcp = theirs.rfind_pdu<Tins::TCP>();
      REQUIRE(tcp.seq() == (ours.seq + static_cast<std::uint32_t>(text_back.size())).value());
      REQUIRE(tcp.checksum() == tcp_checksum_by_libtins(theirs));
      REQUIRE(theirs.tot_len() == piece.size());
      check_options(tcp, ours.options);
      if (const auto* payload = theirs.find_pdu<Tins::RawPDU>()) text_back = joined(text_back, payload->payload());
      REQUIRE(theirs.checksum() == [&theirs] {
        const Octets again = theirs.serialize();
        return load_be16(&again[10]);
      }());
    }
    REQUIRE(text_back == text);
  }
}

TEST_CASE("libtins reads every ICMP header that we write", "[oracle][icmp]") {
  Dice dice(106);
  for (int round = 0; round < 2000; ++round) {
    const IcmpHeader ours{.type = dice.one_in(2) ? icmpv4::echo_request : icmpv4::echo_reply,
                          .code = dice.any<std::uint8_t>(),
                          .rest = dice.any<std::uint32_t>()};
    Octets message = dice.octets(icmp_header_size + dice.between(0, 40));
    write_icmp(ours, message);
    store_be16(&message[2], static_cast<std::uint16_t>(~ones_complement_sum(message)));
    Tins::ICMP theirs(message.data(), static_cast<std::uint32_t>(message.size()));
    REQUIRE(theirs.type() == ours.type);
    REQUIRE(theirs.code() == ours.code);
    REQUIRE(theirs.id() == ours.rest >> 16);
    REQUIRE(theirs.sequence() == (ours.rest & 0xffff));
    REQUIRE(theirs.serialize() == message);  // the checksum among it
  }
}

TEST_CASE("libtins reads every ICMPv6 echo that we write, and agrees on its checksum", "[oracle][icmp][ipv6]") {
  Dice dice(107);
  for (int round = 0; round < 2000; ++round) {
    Ipv6Header ip = dice.ipv6();
    ip.next_header = protocol_icmpv6;
    const IcmpHeader ours{.type = dice.one_in(2) ? icmpv6::echo_request : icmpv6::echo_reply,
                          .code = dice.any<std::uint8_t>(),
                          .rest = dice.any<std::uint32_t>()};
    Octets message = dice.octets(icmp_header_size + dice.between(0, 40));
    write_icmp(ours, message);
    const std::uint16_t pseudo =
        pseudo_header_sum(ip.source, ip.destination, protocol_icmpv6, static_cast<std::uint32_t>(message.size()));
    store_be16(&message[2], static_cast<std::uint16_t>(~ones_complement_sum(message, pseudo)));
    const Octets packet = with_ipv6(ip, message);
    Tins::IPv6 theirs(packet.data(), static_cast<std::uint32_t>(packet.size()));
    const auto& icmp = theirs.rfind_pdu<Tins::ICMPv6>();
    REQUIRE(icmp.type() == ours.type);
    REQUIRE(icmp.code() == ours.code);
    REQUIRE(icmp.identifier() == ours.rest >> 16);
    REQUIRE(icmp.sequence() == (ours.rest & 0xffff));
    REQUIRE(theirs.serialize() == packet);  // the checksum among it
  }
}
