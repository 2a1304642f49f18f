// What a TUN device carries to the kernel and from it, in the network namespace that this runs in
// (tests/interop/tun_device).
//
//   interop_tun_device                   checks; says what failed, exit 1
//   interop_tun_device make NAME MTU     makes a device of that name and says so, or says why not
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <string_view>

#include "stack/wire/checksum.hpp"
#include "stack/wire/icmp.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"
#include "stack/wire/segmentation.hpp"
#include "stack/wire/tcp.hpp"
#include "tun/clock.hpp"
#include "tun/packet_views.hpp"
#include "tun/tun_device.hpp"

using namespace handwave;

namespace {

int failures = 0;

void check(bool condition, std::string_view what) {
  std::cout << (condition ? "ok    " : "FAIL  ") << what << '\n';
  if (!condition) ++failures;
}

TunConfig config_of(const std::string& name, bool offload) {
  TunConfig config;
  config.name = name;
  config.kernel_addresses = {*AddressPrefix::parse("192.0.2.1/24"), *AddressPrefix::parse("2001:db8::1/64")};
  config.offload = offload;
  return config;
}

sockaddr_in v4_address(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  std::memcpy(&address.sin_addr, IpAddress::parse(text)->octets().data(), 4);
  return address;
}

sockaddr_in6 v6_address(const char* text, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  std::memcpy(&address.sin6_addr, IpAddress::parse(text)->octets().data(), 16);
  return address;
}

/// The next packet for which `wanted` is true; nothing after two seconds without.
std::optional<IncomingPacket> read_until(Device& device, const std::function<bool(const IncomingPacket&)>& wanted) {
  const Instant give_up = monotonic_now() + std::chrono::seconds{2};
  while (monotonic_now() < give_up) {
    while (auto packet = device.read(monotonic_now()))
      if (wanted(*packet)) return packet;
    pollfd descriptor{.fd = device.descriptor(), .events = POLLIN, .revents = 0};
    ::poll(&descriptor, 1, 100);
  }
  return std::nullopt;
}

/// The TCP or UDP checksum of an IPv4 packet is right.
bool checksum_right(Bytes packet) {
  const auto ip = wire::parse_ipv4(packet);
  const Bytes segment = packet.subspan(ip->header_size);
  return wire::ones_complement_sum(segment, wire::pseudo_header_sum(ip->source, ip->destination, ip->protocol,
                                                                    static_cast<std::uint32_t>(segment.size()))) ==
         0xffff;
}

bool is_udp4(const IncomingPacket& packet) {
  const auto ip = wire::parse_ipv4(packet.bytes.bytes());
  return ip && ip->protocol == 17;
}

void check_datagrams(Device& device, bool offload) {
  const FileDescriptor v4(::socket(AF_INET, SOCK_DGRAM, 0));
  const sockaddr_in to = v4_address("192.0.2.2", 7);
  const std::string_view text = "hello";
  ::sendto(v4.number(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  const auto packet = read_until(device, is_udp4);
  check(packet && packet->bytes.size() == 20 + 8 + text.size(), "an IPv4 datagram comes whole");
  if (packet) {
    check(packet->checksum_verified == offload, "its checksum is vouched for with offload only");
    std::vector<std::uint8_t> finished(packet->bytes.bytes().begin(), packet->bytes.bytes().end());
    OutgoingPacket view;
    view_incoming(*packet, view);
    if (offload) wire::complete_packet(view, finished);
    check(checksum_right(finished), "its checksum is right once completed");
  }

  const FileDescriptor v6(::socket(AF_INET6, SOCK_DGRAM, 0));
  const sockaddr_in6 from6 = v6_address("2001:db8::1", 0);
  check(::bind(v6.number(), reinterpret_cast<const sockaddr*>(&from6), sizeof from6) == 0,
        "the IPv6 address can be used at once");
  const sockaddr_in6 to6 = v6_address("2001:db8::2", 7);
  ::sendto(v6.number(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to6), sizeof to6);
  const auto packet6 = read_until(device, [](const IncomingPacket& p) {
    const auto ip = wire::parse_ipv6(p.bytes.bytes());
    return ip && ip->next_header == 17;
  });
  check(packet6 && packet6->bytes.size() == 40 + 8 + text.size(), "an IPv6 datagram comes whole");
}

/// Makes `to` a TCP segment from the stack's side, port 80.
void make_segment(OutgoingPacket& to, std::uint16_t port, wire::TcpHeader header, Bytes text) {
  header.source_port = 80;
  header.destination_port = port;
  header.wnd = 0xffff;
  const std::size_t tcp_size = wire::tcp_size(header);
  to.clear();
  const MutableBytes bytes = to.resize_header(wire::ipv4_header_size + tcp_size);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(bytes.size() + text.size());
  ip.protocol = wire::protocol_tcp;
  ip.source = IpAddress::v4(192, 0, 2, 2);
  ip.destination = IpAddress::v4(192, 0, 2, 1);
  wire::write_ipv4(ip, bytes);
  wire::write_tcp(header, bytes.subspan(wire::ipv4_header_size));
  store_be16(bytes.data() + wire::ipv4_header_size + wire::tcp_checksum_offset,
             wire::pseudo_header_sum(ip.source, ip.destination, wire::protocol_tcp,
                                     static_cast<std::uint32_t>(tcp_size + text.size())));
  to.checksum_partial = true;
  to.checksum_start = wire::ipv4_header_size;
  to.checksum_offset = wire::tcp_checksum_offset;
  to.segment_size = 1460;
  to.add_payload(text);
}

/// A connection by hand: super-segments go both ways.
void check_super_segments(Device& device) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  const sockaddr_in to = v4_address("192.0.2.2", 80);
  ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  std::optional<wire::ParsedTcp> seen;
  std::size_t text_size = 0;
  const auto is_tcp = [&](const IncomingPacket& packet) {
    const auto ip = wire::parse_ipv4(packet.bytes.bytes());
    if (!ip || ip->protocol != wire::protocol_tcp) return false;
    seen = wire::parse_tcp(packet.bytes.bytes().subspan(ip->header_size));
    text_size = seen ? packet.bytes.size() - ip->header_size - seen->header_size : 0;
    return seen.has_value();
  };
  if (!read_until(device, is_tcp) || !seen->header.flags.syn) return check(false, "the kernel's SYN comes");
  check(true, "the kernel's SYN comes");
  const std::uint16_t port = seen->header.source_port;
  const Seq irs = seen->header.seq;

  OutgoingPacket packet;
  wire::TcpHeader reply;
  reply.seq = Seq(100);
  reply.ack = irs + 1;
  reply.flags.syn = reply.flags.ack = true;
  reply.options.mss = 1460;
  make_segment(packet, port, reply, {});
  device.write(monotonic_now(), packet);
  check(read_until(device, is_tcp) && seen->header.flags.ack && seen->header.ack == Seq(101),
        "the kernel takes our SYN,ACK, its checksum finished by the device");

  std::vector<std::uint8_t> text(20000, 'x');
  reply = {};
  reply.seq = Seq(101);
  reply.ack = irs + 1;
  reply.flags.ack = reply.flags.psh = true;
  make_segment(packet, port, reply, text);
  device.write(monotonic_now(), packet);
  check(read_until(device, [&](const IncomingPacket& p) { return is_tcp(p) && seen->header.ack == Seq(20101); }) !=
            std::nullopt,
        "a super-segment of ours reaches the kernel whole");
  std::vector<char> received(text.size());
  check(::recv(socket.number(), received.data(), received.size(), 0) == static_cast<ssize_t>(text.size()),
        "and its socket");
  reply.seq = Seq(20101);
  reply.flags.cwr = true;
  make_segment(packet, port, reply, text);
  device.write(monotonic_now(), packet);
  check(read_until(device, [&](const IncomingPacket& p) { return is_tcp(p) && seen->header.ack == Seq(40101); }) !=
            std::nullopt,
        "a super-segment with CWR (RFC 3168) does, too");

  check(::send(socket.number(), text.data(), text.size(), 0) > 0, "the kernel sends");
  const auto large = read_until(device, [&](const IncomingPacket& p) { return is_tcp(p) && text_size > 1460; });
  check(large && large->segment_size == 1460, "a super-segment of the kernel's comes uncut");
  check(large && large->checksum_verified, "and vouched for");
}

void check_device(bool offload) {
  std::cout << (offload ? "with offload:" : "without offload:") << '\n';
  std::string name;
  {
    TunDevice device(config_of("handwave%d", offload));
    name = device.name();
    check(::if_nametoindex(name.c_str()) != 0, "the interface is there");
    check_datagrams(device, offload);
    if (offload) check_super_segments(device);
    const std::vector<std::uint8_t> garbage(100, 0xff);
    OutgoingPacket packet;
    view_finished(garbage, packet);
    device.write(monotonic_now(), packet);
    check(device.statistics().packets_refused == 1, "what the kernel does not take is counted");
  }
  check(::if_nametoindex(name.c_str()) == 0, "the interface is gone at the end");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 4 && argv[1] == std::string_view("make")) {
    TunConfig config = config_of(argv[2], true);
    config.mtu = static_cast<std::uint16_t>(std::atoi(argv[3]));
    const TunDevice device(config);
    std::cout << "made " << device.name() << '\n';
    return 0;
  }
  check_device(true);
  check_device(false);
  return failures == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cout << error.what() << '\n';
  return 1;
}
