// ICMP errors that come in: RFC 9293 §3.9.2.2, RFC 1191, RFC 8201, RFC 5927.
#include <tins/tins.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "stack/wire/tcp.hpp"
#include "tests/support/ip_host.hpp"

namespace handwave {
namespace {

using namespace test;

/// The first octets of a segment of ours: ports 80 and 50000, a sequence number near the turn.
const Octets segment_start{0x00, 0x50, 0xc3, 0x50, 0xff, 0xff, 0xff, 0xf0};

Octets quoted_v4(Bytes payload, const IpAddress& source = our_v4, std::uint16_t total_length = 1500) {
  wire::Ipv4Header header;
  header.protocol = wire::protocol_tcp;
  header.source = source;
  header.destination = IpAddress::v4(198, 51, 100, 9);
  Octets packet = ipv4_packet(header, payload);
  store_be16(&packet[2], total_length);
  return packet;
}

Octets quoted_v6(Bytes payload, const IpAddress& source = our_v6()) {
  wire::Ipv6Header header;
  header.next_header = wire::protocol_tcp;
  header.source = source;
  header.destination = IpAddress::parse("2001:db8:9::9").value();
  Octets packet = ipv6_packet(header, payload);
  store_be16(&packet[4], 1460);
  return packet;
}

ip::Arrival error_v4(IpHost& host, std::uint8_t type, std::uint8_t code, std::uint32_t rest, const Octets& quote) {
  return host.receive(ipv4_packet(wire::protocol_icmp, icmp_message(false, {type, code, rest}, quote)));
}

ip::Arrival error_v6(IpHost& host, std::uint8_t type, std::uint8_t code, std::uint32_t rest, const Octets& quote) {
  return host.receive(ipv6_packet(wire::protocol_icmpv6, icmp_message(true, {type, code, rest}, quote)));
}

struct Expected {
  std::uint8_t type;
  std::uint8_t code;
  TcpError error;
  bool hard;
};

bool nothing(const ip::Arrival& arrival) { return std::holds_alternative<std::monostate>(arrival); }

}  // namespace

TEST_CASE("RFC 9293 §3.9.2.2: an ICMP error is directed by the header that it quotes", "[ip][icmp][MUST-54]") {
  IpHost host;
  const auto v4 = std::get<ip::IcmpError>(error_v4(host, 3, 1, 0, quoted_v4(segment_start)));
  CHECK(v4.sockets.local == Endpoint{our_v4, 80});
  CHECK(v4.sockets.remote == Endpoint{IpAddress::v4(198, 51, 100, 9), 50000});
  CHECK(v4.seq == Seq{0xfffffff0});
  const auto v6 = std::get<ip::IcmpError>(error_v6(host, 1, 3, 0, quoted_v6(segment_start)));
  CHECK(v6.sockets.local == Endpoint{our_v6(), 80});
  CHECK(v6.sockets.remote == Endpoint{IpAddress::parse("2001:db8:9::9").value(), 50000});
  CHECK(v6.seq == Seq{0xfffffff0});
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 9293 §3.9.2.2: the same from an error that libtins made", "[ip][icmp][MUST-54]") {
  IpHost host;
  Tins::IP quoted = Tins::IP("198.51.100.9", "192.0.2.2") / Tins::TCP(443, 50001);
  quoted.rfind_pdu<Tins::TCP>().seq(77);
  Tins::ICMP icmp(Tins::ICMP::DEST_UNREACHABLE);
  icmp.code(4);
  icmp.mtu(1400);
  Tins::IP packet = Tins::IP("192.0.2.2", "192.0.2.254") / icmp / Tins::RawPDU(quoted.serialize());
  const auto error = std::get<ip::IcmpError>(host.receive(packet.serialize()));
  CHECK(error.sockets.local == Endpoint{our_v4, 50001});
  CHECK(error.sockets.remote == Endpoint{IpAddress::v4(198, 51, 100, 9), 443});
  CHECK(error.seq == Seq{77});
  CHECK(error.mtu == 1400);
}

TEST_CASE("RFC 9293 §3.9.2.2: soft and hard errors of ICMP", "[ip][icmp][MUST-56][SHLD-26]") {
  IpHost host;
  const auto expected =
      GENERATE(Expected{3, 0, TcpError::host_unreachable, false}, Expected{3, 1, TcpError::host_unreachable, false},
               Expected{3, 2, TcpError::protocol_unreachable, true}, Expected{3, 3, TcpError::port_unreachable, true},
               Expected{3, 5, TcpError::host_unreachable, false}, Expected{3, 13, TcpError::host_unreachable, false},
               Expected{11, 0, TcpError::host_unreachable, false}, Expected{11, 1, TcpError::host_unreachable, false},
               Expected{12, 0, TcpError::host_unreachable, false});
  const auto error = std::get<ip::IcmpError>(error_v4(host, expected.type, expected.code, 0, quoted_v4(segment_start)));
  CHECK(error.error == expected.error);
  CHECK(error.hard == expected.hard);
  CHECK_FALSE(error.mtu.has_value());
}

TEST_CASE("RFC 9293 §3.9.2.2: soft and hard errors of ICMPv6", "[ip][icmp][MUST-56][SHLD-26]") {
  IpHost host;
  const auto expected =
      GENERATE(Expected{1, 0, TcpError::host_unreachable, false}, Expected{1, 1, TcpError::host_unreachable, true},
               Expected{1, 3, TcpError::host_unreachable, false}, Expected{1, 4, TcpError::port_unreachable, true},
               Expected{3, 0, TcpError::host_unreachable, false}, Expected{3, 1, TcpError::host_unreachable, false},
               Expected{4, 0, TcpError::host_unreachable, false}, Expected{4, 1, TcpError::protocol_unreachable, false},
               Expected{4, 2, TcpError::host_unreachable, false},
               Expected{100, 0, TcpError::host_unreachable, false});  // RFC 4443 §2.4 (a)
  const auto error = std::get<ip::IcmpError>(error_v6(host, expected.type, expected.code, 0, quoted_v6(segment_start)));
  CHECK(error.error == expected.error);
  CHECK(error.hard == expected.hard);
  CHECK_FALSE(error.mtu.has_value());
}

TEST_CASE("RFC 1191 §4: fragmentation needed brings the next hop's MTU, and is not hard", "[ip][icmp][pmtu][RFC1191]") {
  IpHost host;
  const auto told = std::get<ip::IcmpError>(error_v4(host, 3, 4, 1400, quoted_v4(segment_start)));
  CHECK(told.error == TcpError::message_too_long);
  CHECK_FALSE(told.hard);
  CHECK(told.mtu == 1400);
  CHECK(host.ip.path_mtu(told.sockets.remote.address) == 1500);  // nobody has checked it yet
}

TEST_CASE("RFC 1191 §5: an old router tells no MTU: it is guessed from the quoted length",
          "[ip][icmp][pmtu][RFC1191]") {
  IpHost host;
  CHECK(std::get<ip::IcmpError>(error_v4(host, 3, 4, 0, quoted_v4(segment_start))).mtu == 1492);
  CHECK(std::get<ip::IcmpError>(error_v4(host, 3, 4, 0, quoted_v4(segment_start, our_v4, 1492))).mtu == 1006);
}

TEST_CASE("RFC 8201 §4: packet too big brings the MTU; below 1280 it is discarded", "[ip][icmp][pmtu][RFC8201]") {
  IpHost host;
  const auto told = std::get<ip::IcmpError>(error_v6(host, 2, 0, 1280, quoted_v6(segment_start)));
  CHECK(told.error == TcpError::message_too_long);
  CHECK_FALSE(told.hard);
  CHECK(told.mtu == 1280);
  CHECK(std::get<ip::IcmpError>(error_v6(host, 2, 0, 0x10000, quoted_v6(segment_start))).mtu == 65535);
  CHECK(nothing(error_v6(host, 2, 0, 1279, quoted_v6(segment_start))));
  CHECK(nothing(error_v6(host, 2, 0, 0, quoted_v6(segment_start))));
}

TEST_CASE("RFC 9293 §3.9.2.2: source quench is discarded in silence", "[ip][icmp][MUST-55]") {
  IpHost host;
  CHECK(nothing(error_v4(host, 4, 0, 0, quoted_v4(segment_start))));
  CHECK(host.count(Counter::icmp_source_quench) == 1);
  CHECK(host.answers().empty());
}

TEST_CASE("RFC 5927 §4: an error that quotes no segment of ours is dropped", "[ip][icmp][RFC5927]") {
  IpHost host;
  std::uint64_t dropped = 0;
  const auto dropped_v4 = [&](const Octets& quote) {
    return nothing(error_v4(host, 3, 3, 0, quote)) && host.count(Counter::icmp_error_for_nobody) == ++dropped;
  };
  CHECK(dropped_v4(quoted_v4(segment_start, peer_v4)));         // another's
  CHECK(dropped_v4(quoted_v4(Bytes{segment_start}.first(7))));  // cut short
  CHECK(dropped_v4({}));                                        // nothing
  CHECK(dropped_v4(quoted_v6(segment_start)));                  // the other family's
  Octets later_fragment = quoted_v4(segment_start);
  store_be16(&later_fragment[6], 1);
  CHECK(dropped_v4(later_fragment));
  Octets udp = quoted_v4(segment_start);
  udp[9] = wire::protocol_udp;
  CHECK(dropped_v4(udp));
  Octets long_header = quoted_v4(segment_start);
  long_header[0] = 0x4f;
  CHECK(dropped_v4(long_header));
  Octets short_header = quoted_v4(segment_start);
  short_header[0] = 0x44;
  CHECK(dropped_v4(short_header));

  CHECK(nothing(error_v6(host, 1, 4, 0, quoted_v6(segment_start, peer_v6()))));
  CHECK(nothing(error_v6(host, 1, 4, 0, quoted_v6(Bytes{segment_start}.first(7)))));
  CHECK(nothing(error_v6(host, 1, 4, 0, quoted_v4(segment_start))));
  CHECK(host.count(Counter::icmp_error_for_nobody) == dropped + 3);
}

TEST_CASE("RFC 5927 §4: an error for an address of ours that did not send the segment is dropped", "[ip][icmp]") {
  StackConfig config = ip_config();
  config.addresses.push_back({IpAddress::v4(192, 0, 2, 3), 24});
  IpHost host{config};
  CHECK(nothing(error_v4(host, 3, 3, 0, quoted_v4(segment_start, IpAddress::v4(192, 0, 2, 3)))));
  CHECK_FALSE(nothing(error_v4(host, 3, 3, 0, quoted_v4(segment_start))));
}

TEST_CASE("RFC 792: an ICMP error with a wrong checksum is dropped", "[ip][icmp][RFC792]") {
  IpHost host;
  Octets packet = ipv4_packet(wire::protocol_icmp, icmp_message(false, {3, 3, 0}, quoted_v4(segment_start)));
  packet.back() ^= 0x10;
  CHECK(nothing(host.receive(packet)));
  CHECK(host.count(Counter::icmp_malformed) == 1);
}

TEST_CASE("RFC 1122 §3.2.2: other ICMP messages are of no concern", "[ip][icmp][RFC1122]") {
  IpHost host;
  for (const int type : {0, 5, 9, 13, 17, 40}) {
    CHECK(nothing(error_v4(host, static_cast<std::uint8_t>(type), 0, 0, quoted_v4(segment_start))));
  }
  for (const int type : {129, 133, 134, 135, 136, 137, 200}) {
    CHECK(nothing(error_v6(host, static_cast<std::uint8_t>(type), 0, 0, quoted_v6(segment_start))));
  }
  CHECK(host.count(Counter::icmp_ignored) == 13);
  CHECK(host.answers().empty());
}

}  // namespace handwave
