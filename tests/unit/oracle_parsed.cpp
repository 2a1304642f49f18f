// We read what libtins writes: packets that another program put together, with random values, field by field.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "stack/wire/checksum.hpp"
#include "stack/wire/icmp.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/tcp.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/libtins.hpp"

using namespace handwave;
using namespace handwave::wire;
using namespace handwave::test;

namespace {

using Octets = std::vector<std::uint8_t>;

/// A segment of libtins, and what we expect to read out of it.
struct Sample {
  Tins::TCP theirs;
  TcpHeader ours;
};

/// Options in any order, with NOPs and unknown ones among them, as long as there is room.
void add_options(Dice& dice, Sample& sample) {
  Tins::TCP& theirs = sample.theirs;
  TcpOptions& ours = sample.ours.options;
  std::size_t size = 0;
  const auto fits = [&size](std::size_t more) { return size + more <= max_tcp_options_size && (size += more, true); };
  for (std::uint64_t count = dice.between(0, 6); count != 0; --count) {
    switch (dice.between(0, 6)) {
      case 0:
        if (ours.mss || !fits(4)) break;
        ours.mss = dice.any<std::uint16_t>();
        theirs.mss(*ours.mss);
        break;
      case 1:
        if (ours.window_scale || !fits(3)) break;
        ours.window_scale = dice.any<std::uint8_t>();
        theirs.winscale(*ours.window_scale);
        break;
      case 2:
        if (ours.sack_permitted || !fits(2)) break;
        ours.sack_permitted = true;
        theirs.sack_permitted();
        break;
      case 3:
        if (ours.timestamps || !fits(10)) break;
        ours.timestamps = Timestamps{dice.any<std::uint32_t>(), dice.any<std::uint32_t>()};
        theirs.timestamp(ours.timestamps->value, ours.timestamps->echo_reply);
        break;
      case 4: {
        const auto blocks = static_cast<std::uint8_t>(dice.between(1, 4));
        if (ours.sack_count != 0 || !fits(2 + 8U * blocks)) break;
        Tins::TCP::sack_type edges;
        for (std::size_t i = 0; i < blocks; ++i) {
          ours.sack_blocks[i] = {Seq{dice.near_a_wrap()}, Seq{dice.near_a_wrap()}};
          edges.push_back(ours.sack_blocks[i].left.value());
          edges.push_back(ours.sack_blocks[i].right.value());
        }
        ours.sack_count = blocks;
        theirs.sack(edges);
        break;
      }
      case 5:
        if (fits(1)) theirs.add_option(Tins::TCP::option(Tins::TCP::NOP));
        break;
      default: {
        const Octets data = dice.octets(dice.between(1, 12));  // 4.0 leaves the length out if there are none
        if (!fits(2 + data.size())) break;
        const auto kind = static_cast<Tins::TCP::OptionTypes>(dice.between(100, 255));
        theirs.add_option(Tins::TCP::option(kind, data.begin(), data.end()));
      }
    }
  }
}

Sample random_segment(Dice& dice) {
  Sample sample;
  sample.ours = dice.tcp();
  sample.ours.options = {};
  const TcpHeader& ours = sample.ours;
  Tins::TCP& theirs = sample.theirs;
  theirs = Tins::TCP(ours.destination_port, ours.source_port);
  theirs.seq(ours.seq.value());
  theirs.ack_seq(ours.ack.value());
  theirs.window(ours.wnd);
  theirs.urg_ptr(ours.up);
  const std::vector<std::pair<Tins::TCP::Flags, bool>> flags = {
      {Tins::TCP::CWR, ours.flags.cwr}, {Tins::TCP::ECE, ours.flags.ece}, {Tins::TCP::URG, ours.flags.urg},
      {Tins::TCP::ACK, ours.flags.ack}, {Tins::TCP::PSH, ours.flags.psh}, {Tins::TCP::RST, ours.flags.rst},
      {Tins::TCP::SYN, ours.flags.syn}, {Tins::TCP::FIN, ours.flags.fin}};
  for (const auto& [flag, value] : flags) theirs.set_flag(flag, value ? 1 : 0);
  add_options(dice, sample);
  return sample;
}

void check_segment(Bytes segment, const TcpHeader& expected, const Octets& text, std::uint16_t pseudo_header) {
  const auto parsed = parse_tcp(segment);
  REQUIRE(parsed);
  REQUIRE(parsed->header == expected);
  const Bytes rest = segment.subspan(parsed->header_size);
  REQUIRE(Octets(rest.begin(), rest.end()) == text);
  REQUIRE(ones_complement_sum(segment, pseudo_header) == 0xffff);
}

}  // namespace

TEST_CASE("We read every TCP segment over IPv4 that libtins writes, and find its checksums right",
          "[oracle][tcp][ipv4][MUST-3]") {
  Dice dice(111);
  for (int round = 0; round < 3000; ++round) {
    const Sample sample = random_segment(dice);
    const Ipv4Header ip = dice.ipv4();
    const Octets text = dice.octets(dice.between(1, 40));
    Tins::IP packet = Tins::IP(tins_v4(ip.destination), tins_v4(ip.source)) / sample.theirs / Tins::RawPDU(text);
    packet.tos(ip.traffic_class);
    packet.id(ip.identification);
    packet.ttl(ip.ttl);
    packet.flags(ip.dont_fragment ? Tins::IP::DONT_FRAGMENT : Tins::IP::Flags{});
    const Octets octets = packet.serialize();

    Ipv4Header expected = ip;
    expected.total_length = static_cast<std::uint16_t>(octets.size());
    expected.more_fragments = false;
    expected.fragment_offset = 0;
    expected.protocol = protocol_tcp;
    REQUIRE(parse_ipv4(octets) == expected);
    REQUIRE(ipv4_checksum_right(octets, ipv4_header_size));
    const Bytes segment = Bytes(octets).subspan(ipv4_header_size);
    check_segment(
        segment, sample.ours, text,
        pseudo_header_sum(ip.source, ip.destination, protocol_tcp, static_cast<std::uint32_t>(segment.size())));
  }
}

TEST_CASE("We read every TCP segment over IPv6 that libtins writes, and find its checksum right",
          "[oracle][tcp][ipv6][MUST-3]") {
  Dice dice(112);
  for (int round = 0; round < 3000; ++round) {
    const Sample sample = random_segment(dice);
    Ipv6Header ip = dice.ipv6();
    const Octets text = dice.octets(dice.between(1, 40));
    Tins::IPv6 packet = Tins::IPv6(tins_v6(ip.destination), tins_v6(ip.source)) / sample.theirs / Tins::RawPDU(text);
    packet.traffic_class(ip.traffic_class);
    packet.flow_label(ip.flow_label);
    packet.hop_limit(ip.hop_limit);
    const Octets octets = packet.serialize();

    ip.payload_length = static_cast<std::uint16_t>(octets.size() - ipv6_header_size);
    ip.next_header = protocol_tcp;
    REQUIRE(parse_ipv6(octets) == ip);
    const Ipv6Payload payload = walk_extension_headers(octets);
    REQUIRE(payload.problem == Ipv6Payload::Problem::none);
    REQUIRE(payload.protocol == protocol_tcp);
    REQUIRE(payload.offset == ipv6_header_size);
    const Bytes segment = Bytes(octets).subspan(ipv6_header_size);
    check_segment(
        segment, sample.ours, text,
        pseudo_header_sum(ip.source, ip.destination, protocol_tcp, static_cast<std::uint32_t>(segment.size())));
  }
}

TEST_CASE("We read IPv4 fragments and options that libtins writes", "[oracle][ipv4]") {
  Dice dice(113);
  for (int round = 0; round < 1000; ++round) {
    const Ipv4Header ip = dice.ipv4();
    const Octets text = dice.octets(dice.between(1, 40));
    Tins::IP packet = Tins::IP(tins_v4(ip.destination), tins_v4(ip.source)) / Tins::RawPDU(text);
    packet.protocol(ip.protocol);
    packet.fragment_offset(static_cast<std::uint16_t>(ip.fragment_offset / 8));
    packet.flags(ip.more_fragments ? Tins::IP::MORE_FRAGMENTS : Tins::IP::Flags{});
    const std::size_t options = dice.between(0, 40);  // octets; 4.0 writes other options over the payload
    for (std::size_t i = 0; i < options; ++i) packet.noop();
    const Octets octets = packet.serialize();
    const auto parsed = parse_ipv4(octets);
    REQUIRE(parsed);
    REQUIRE(parsed->header_size == ipv4_header_size + (options + 3) / 4 * 4);
    REQUIRE(parsed->fragment_offset == ip.fragment_offset);
    REQUIRE(parsed->more_fragments == ip.more_fragments);
    REQUIRE(parsed->total_length == octets.size());
    REQUIRE(ipv4_checksum_right(octets, parsed->header_size));
  }
}

TEST_CASE("We step over the IPv6 extension headers that libtins writes", "[oracle][ipv6]") {
  Dice dice(114);
  for (int round = 0; round < 1000; ++round) {
    Tins::IPv6 packet = Tins::IPv6("2001:db8::2", "2001:db8::1") / Tins::TCP(80, 50000) / Tins::RawPDU("text");
    std::size_t size = ipv6_header_size;
    const std::size_t headers = dice.between(0, max_extension_headers);
    for (std::size_t i = 0; i < headers; ++i) {
      const std::size_t data = 6 + 8 * dice.between(0, 3);  // all zeros: Pad1, or no segments left
      const auto kind = i == 0 && dice.one_in(2) ? Tins::IPv6::HOP_BY_HOP
                        : dice.one_in(2)         ? Tins::IPv6::ROUTING
                                                 : Tins::IPv6::DESTINATION_OPTIONS;
      const Octets zeros(data, 0);
      packet.add_header(Tins::IPv6::ext_header(static_cast<std::uint8_t>(kind), zeros.begin(), zeros.end()));
      size += 2 + data;
    }
    const Octets octets = packet.serialize();
    REQUIRE(parse_ipv6(octets));
    const Ipv6Payload payload = walk_extension_headers(octets);
    REQUIRE(payload.problem == Ipv6Payload::Problem::none);
    REQUIRE(payload.protocol == protocol_tcp);
    REQUIRE(payload.offset == size);
    REQUIRE(parse_tcp(Bytes(octets).subspan(payload.offset))->header.destination_port == 80);
  }
}

TEST_CASE("We read the ICMP messages that libtins writes", "[oracle][icmp]") {
  Dice dice(115);
  for (int round = 0; round < 1000; ++round) {
    const auto mtu = dice.any<std::uint16_t>();
    Tins::ICMP too_big(Tins::ICMP::DEST_UNREACHABLE);
    too_big.code(icmpv4::fragmentation_needed);
    too_big.mtu(mtu);
    const Octets octets = (too_big / Tins::RawPDU(dice.octets(dice.between(28, 60)))).serialize();
    REQUIRE(parse_icmp(octets) ==
            IcmpHeader{.type = icmpv4::destination_unreachable, .code = icmpv4::fragmentation_needed, .rest = mtu});
    REQUIRE(ones_complement_sum(octets) == 0xffff);

    const auto identifier = dice.any<std::uint16_t>();
    const auto sequence = dice.any<std::uint16_t>();
    const IpAddress source = dice.v6();
    const IpAddress destination = dice.v6();
    Tins::ICMPv6 echo(Tins::ICMPv6::ECHO_REQUEST);
    echo.identifier(identifier);
    echo.sequence(sequence);
    const Octets packet =
        (Tins::IPv6(tins_v6(destination), tins_v6(source)) / echo / Tins::RawPDU(dice.octets(13))).serialize();
    const Bytes message = Bytes(packet).subspan(ipv6_header_size);
    REQUIRE(parse_icmp(message) ==
            IcmpHeader{.type = icmpv6::echo_request, .code = 0, .rest = std::uint32_t{identifier} << 16 | sequence});
    REQUIRE(ones_complement_sum(message, pseudo_header_sum(source, destination, protocol_icmpv6,
                                                           static_cast<std::uint32_t>(message.size()))) == 0xffff);
  }
}
