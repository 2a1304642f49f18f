// An IP packet with a TCP segment in it as a value, built and read by libtins.
#include "tests/support/oracle_packet.hpp"

#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>
#include <tins/utils/checksum_utils.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace handwave::test {
namespace {

template <class Ip>
typename Ip::address_type tins_address(const IpAddress& address) {
  return typename Ip::address_type(address.to_string());
}

IpAddress our_address(const Tins::IPv4Address& address) { return *IpAddress::parse(address.to_string()); }
IpAddress our_address(const Tins::IPv6Address& address) { return *IpAddress::parse(address.to_string()); }

Tins::TCP tins_segment(const TcpPacket& packet) {
  Tins::TCP tcp(packet.destination.port, packet.source.port);
  tcp.seq(packet.seq.value());
  tcp.ack_seq(packet.ack.value());
  tcp.flags(packet.flags);
  tcp.window(packet.wnd);
  tcp.urg_ptr(packet.urgent_pointer);
  if (!packet.raw_options.empty()) {  // single octets as far as libtins is concerned, NOPs up to whole words
    for (std::uint8_t octet : packet.raw_options) {
      static_cast<void>(octet);
      tcp.add_option(Tins::TCP::option(Tins::TCP::NOP));
    }
  } else {
    if (packet.mss) tcp.mss(*packet.mss);
    if (packet.window_scale) tcp.winscale(*packet.window_scale);
    if (packet.sack_permitted) tcp.sack_permitted();
    if (packet.timestamps) tcp.timestamp(packet.timestamps->first, packet.timestamps->second);
    if (!packet.sack.empty()) {
      Tins::TCP::sack_type edges;
      for (const auto& [left, right] : packet.sack) edges.insert(edges.end(), {left.value(), right.value()});
      tcp.sack(edges);
    }
  }
  if (!packet.text.empty()) tcp.inner_pdu(Tins::RawPDU(packet.text));
  return tcp;
}

/// The one's complement sum of pseudo-header and segment: 0xffff if the checksum in it is right. libtins sums words as
/// they lie in memory, in the machine's order.
template <class Ip>
std::uint16_t segment_sum(const Ip& ip, Bytes segment) {
  std::uint32_t sum =
      Tins::Utils::pseudoheader_checksum(ip.src_addr(), ip.dst_addr(), static_cast<std::uint16_t>(segment.size()), 6);
  sum += Tins::Utils::sum_range(segment.data(), segment.data() + segment.size());
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

void store_segment_checksum(auto& ip, MutableBytes segment) {
  store_be16(&segment[16], 0);
  const auto checksum = static_cast<std::uint16_t>(~segment_sum(ip, segment));
  std::memcpy(&segment[16], &checksum, sizeof checksum);
}

template <class Ip>
std::vector<std::uint8_t> finish(Ip ip, const TcpPacket& packet, std::size_t ip_header_size) {
  ip.inner_pdu(tins_segment(packet));
  std::vector<std::uint8_t> octets = ip.serialize();
  const MutableBytes segment = MutableBytes{octets}.subspan(ip_header_size);
  if (!packet.raw_options.empty()) {
    const std::size_t padded = (packet.raw_options.size() + 3) / 4 * 4;
    std::ranges::fill(segment.subspan(20, padded), std::uint8_t{0});
    std::ranges::copy(packet.raw_options, segment.begin() + 20);
    store_segment_checksum(ip, segment);
  }
  if (packet.wrong_checksum) segment[17] = static_cast<std::uint8_t>(segment[17] ^ 0x55);
  return octets;
}

/// Options as they are, malformed ones too, in a header that is right otherwise.
void insert_ip_options(std::vector<std::uint8_t>& octets, const std::vector<std::uint8_t>& options) {
  octets.insert(octets.begin() + 20, options.begin(), options.end());
  octets[0] = static_cast<std::uint8_t>(octets[0] + options.size() / 4);
  store_be16(&octets[2], static_cast<std::uint16_t>(octets.size()));
  store_be16(&octets[10], 0);
  const auto checksum =
      static_cast<std::uint16_t>(~Tins::Utils::sum_range(octets.data(), octets.data() + 20 + options.size()));
  std::memcpy(&octets[10], &checksum, sizeof checksum);
}

/// RFC 791 §3.1: takes `ip`, on its way along a source route, for the packet that its last host will see.
void follow_source_route(Tins::IP& ip, TcpPacket& to) {
  const auto* loose = ip.search_option({Tins::IP::LSRR, Tins::IP::CONTROL, 1});
  const auto* strict = ip.search_option({Tins::IP::SSRR, Tins::IP::CONTROL, 1});
  if (loose == nullptr && strict == nullptr) return;
  const auto route = strict != nullptr ? ip.ssrr() : ip.lsrr();
  to.strict_route = strict != nullptr;
  const std::size_t next = (route.pointer - 4U) / 4;
  if (next >= route.routes.size()) return;
  to.gateways.push_back(our_address(ip.dst_addr()));
  for (std::size_t i = next; i + 1 < route.routes.size(); ++i) to.gateways.push_back(our_address(route.routes[i]));
  ip.dst_addr(route.routes.back());
}

void read_options(const Tins::TCP& tcp, TcpPacket& to) {
  if (tcp.search_option(Tins::TCP::MSS) != nullptr) to.mss = tcp.mss();
  if (tcp.search_option(Tins::TCP::WSCALE) != nullptr) to.window_scale = tcp.winscale();
  to.sack_permitted = tcp.has_sack_permitted();
  if (tcp.search_option(Tins::TCP::TSOPT) != nullptr) to.timestamps = tcp.timestamp();
  if (tcp.search_option(Tins::TCP::SACK) != nullptr) {
    const auto edges = tcp.sack();
    for (std::size_t i = 0; i + 1 < edges.size(); i += 2) to.sack.emplace_back(Seq{edges[i]}, Seq{edges[i + 1]});
  }
}

template <class Ip>
ReadPacket read_segment(const Ip& ip, Bytes segment, TcpPacket packet) {
  if (segment.size() < 20) return BadPacket{"a TCP header cut short"};
  if (segment_sum(ip, segment) != 0xffff) return BadPacket{"the TCP checksum is wrong"};
  const Tins::TCP tcp(segment.data(), static_cast<std::uint32_t>(segment.size()));
  packet.source = {our_address(ip.src_addr()), tcp.sport()};
  packet.destination = {our_address(ip.dst_addr()), tcp.dport()};
  packet.flags = static_cast<std::uint8_t>(tcp.flags() & 0xff);
  packet.seq = Seq{tcp.seq()};
  packet.ack = Seq{tcp.ack_seq()};
  packet.wnd = tcp.window();
  packet.urgent_pointer = tcp.urg_ptr();
  read_options(tcp, packet);
  if (const auto* text = tcp.find_pdu<Tins::RawPDU>())
    packet.text.assign(text->payload().begin(), text->payload().end());
  return packet;
}

ReadPacket read_v4(Bytes packet) {
  Tins::IP ip(packet.data(), static_cast<std::uint32_t>(packet.size()));
  const std::size_t header_size = std::size_t{ip.head_len()} * 4;
  if (ip.tot_len() != packet.size()) return BadPacket{"the IPv4 total length is not the packet's"};
  if (Tins::Utils::sum_range(packet.data(), packet.data() + header_size) != 0xffff)
    return BadPacket{"the IPv4 header checksum is wrong"};
  const Bytes payload = packet.subspan(header_size);
  if (ip.protocol() != 6 || ip.fragment_offset() != 0 || (ip.flags() & Tins::IP::MORE_FRAGMENTS) != 0)
    return OtherPacket{
        ip.protocol(), our_address(ip.src_addr()), our_address(ip.dst_addr()), {payload.begin(), payload.end()}};
  TcpPacket to;
  to.ip_options.assign(packet.begin() + 20, packet.begin() + static_cast<std::ptrdiff_t>(header_size));
  follow_source_route(ip, to);
  to.hop_limit = ip.ttl();
  to.traffic_class = ip.tos();
  to.dont_fragment = (ip.flags() & Tins::IP::DONT_FRAGMENT) != 0;
  to.size = packet.size();
  return read_segment(ip, payload, std::move(to));
}

ReadPacket read_v6(Bytes packet) {
  const Tins::IPv6 ip(packet.data(), static_cast<std::uint32_t>(packet.size()));
  if (std::size_t{ip.payload_length()} + 40 != packet.size()) return BadPacket{"the IPv6 payload length is not so"};
  const Bytes payload = packet.subspan(40);
  const std::uint8_t next_header = packet[6];
  if (next_header != 6)
    return OtherPacket{
        next_header, our_address(ip.src_addr()), our_address(ip.dst_addr()), {payload.begin(), payload.end()}};
  TcpPacket to;
  to.hop_limit = ip.hop_limit();
  to.traffic_class = ip.traffic_class();
  to.dont_fragment = true;
  to.size = packet.size();
  return read_segment(ip, payload, std::move(to));
}

}  // namespace

std::vector<std::uint8_t> build(const TcpPacket& packet) {
  if (packet.source.address.is_v4()) {
    Tins::IP ip(tins_address<Tins::IP>(packet.destination.address), tins_address<Tins::IP>(packet.source.address));
    ip.ttl(packet.hop_limit);
    ip.tos(packet.traffic_class);
    if (packet.dont_fragment) ip.flags(Tins::IP::DONT_FRAGMENT);
    std::vector<std::uint8_t> octets = finish(std::move(ip), packet, 20);
    if (!packet.ip_options.empty()) insert_ip_options(octets, packet.ip_options);
    return octets;
  }
  Tins::IPv6 ip(tins_address<Tins::IPv6>(packet.destination.address), tins_address<Tins::IPv6>(packet.source.address));
  ip.hop_limit(packet.hop_limit);
  ip.traffic_class(packet.traffic_class);
  return finish(std::move(ip), packet, 40);
}

ReadPacket read(Bytes packet) {
  try {
    if (packet.empty()) return BadPacket{"an empty packet"};
    if (packet[0] >> 4 == 4) return read_v4(packet);
    if (packet[0] >> 4 == 6) return read_v6(packet);
    return BadPacket{"neither IPv4 nor IPv6"};
  } catch (const Tins::exception_base& error) {
    return BadPacket{std::string("libtins: ") + error.what()};
  }
}

std::string flag_names(std::uint8_t flags) {
  constexpr std::array<std::string_view, 8> names = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
  std::string text;
  for (const unsigned bit : {7U, 6U, 1U, 0U, 2U, 3U, 4U, 5U}) {
    if ((flags >> bit & 1U) == 0) continue;
    if (!text.empty()) text += ',';
    text += names[bit];
  }
  return text.empty() ? "no flags" : text;
}

std::string describe(const TcpPacket& packet, Seq seq_base, Seq ack_base) {
  std::string text = flag_names(packet.flags) + " seq=" + std::to_string(packet.seq - seq_base);
  if (!packet.text.empty()) text += "..+" + std::to_string(packet.text.size());
  if (packet.has(ACK)) text += " ack=" + std::to_string(packet.ack - ack_base);
  text += " wnd=" + std::to_string(packet.wnd);
  if (packet.has(URG)) text += " up=" + std::to_string(packet.urgent_pointer);
  if (packet.mss) text += " mss=" + std::to_string(*packet.mss);
  if (packet.window_scale) text += " wscale=" + std::to_string(*packet.window_scale);
  if (packet.sack_permitted) text += " sack-permitted";
  if (packet.timestamps)
    text += " ts=" + std::to_string(packet.timestamps->first) + "/" + std::to_string(packet.timestamps->second);
  for (const auto& [left, right] : packet.sack)
    text += " sack=" + std::to_string(left - ack_base) + "-" + std::to_string(right - ack_base);
  if (!packet.raw_options.empty()) text += " raw options of " + std::to_string(packet.raw_options.size());
  if (packet.wrong_checksum) text += " (checksum wrong)";
  return text;
}

}  // namespace handwave::test
