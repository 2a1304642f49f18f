// A host that is only an Internet layer, and packets to throw at it: for the tests of stack/ip.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "stack/address.hpp"
#include "stack/ip/ip.hpp"

namespace handwave::test {

using Octets = std::vector<std::uint8_t>;

/// 192.0.2.2/24 and 2001:db8::2/64 with an MTU of 1500; the peer has .1 and ::1.
StackConfig ip_config();
inline const IpAddress our_v4 = IpAddress::v4(192, 0, 2, 2);
inline const IpAddress peer_v4 = IpAddress::v4(192, 0, 2, 1);
const IpAddress& our_v6();
const IpAddress& peer_v6();

/// `size` octets that are all different from their neighbours and repeat with no power of two.
Octets pattern(std::size_t size);
/// The octets of `runs`, one run behind the other.
Octets joined(std::initializer_list<Bytes> runs);

/// The Internet checksum's sum as the RFC spells it out, one word after the other: an oracle for the fast one.
std::uint16_t plain_sum(Bytes octets);
/// True if the ICMP or ICMPv6 message in the (unfragmented) packet has the right checksum, and so has an IPv4 header.
bool checksums_right(const Octets& packet);

/// An IPv4 packet with these fields; its length and checksum are filled in.
Octets ipv4_packet(wire::Ipv4Header header, Bytes payload);
/// From the peer to us.
Octets ipv4_packet(std::uint8_t protocol, Bytes payload);
/// An IPv6 packet with these fields; its length is filled in.
Octets ipv6_packet(wire::Ipv6Header header, Bytes payload);
/// From the peer to us.
Octets ipv6_packet(std::uint8_t next_header, Bytes payload);
/// An ICMP message (ICMPv6 from the peer to us if `v6`) with its checksum.
Octets icmp_message(bool v6, const wire::IcmpHeader& header, Bytes body);
/// A UDP datagram from the peer to us with its checksum.
Octets udp_datagram(bool v6, Bytes data);
/// The eight octets of an IPv6 fragment header.
Octets fragment_header(std::uint8_t next_header, std::uint16_t offset, bool more, std::uint32_t identification);

/// The Internet layer with its clock and counters.
struct IpHost {
  explicit IpHost(const StackConfig& config = ip_config()) : ip(config, random) {}

  ip::Arrival receive(Bytes packet) { return ip.receive(now, {Slice::copy_of(packet), false, 0}, counters); }
  /// All packets that wait, each in one piece.
  std::vector<Octets> answers();
  void advance(Duration time) {
    now += time;
    ip.handle_timeout(now, counters);
  }
  [[nodiscard]] std::uint64_t count(Counter counter) const { return counters[counter]; }

  Random random{secret_from_seed(1)};
  ip::Ip ip;
  Counters counters;
  Instant now{};
};

}  // namespace handwave::test
