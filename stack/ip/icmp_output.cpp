// Making echo replies and ICMP errors: RFC 792, RFC 4443.
#include "stack/ip/icmp_output.hpp"

#include <algorithm>
#include <utility>

#include "stack/ip/icmp_input.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/ecn.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"

namespace handwave::ip {
namespace {

// RFC 1812 §4.3.2.3: no more than 576 octets in all. RFC 4443 §2.4 (c): as much as fits the minimum IPv6 MTU.
constexpr std::size_t max_quote_v4 = 576 - wire::ipv4_header_size - wire::icmp_header_size;
constexpr std::size_t max_quote_v6 = 1280 - wire::ipv6_header_size - wire::icmp_header_size;

constexpr std::size_t icmp_checksum_position = 2;

/// The slice itself, or a compact copy where it would keep a much larger block from being used again.
Slice compact(Slice slice) {
  return slice.size() < slice.block().capacity() / 2 ? Slice::copy_of(slice.bytes()) : slice;
}

void write_header(Reply& reply, const wire::IcmpHeader& header) {
  wire::write_icmp(header, reply.header);
  // RFC 4443 §2.3: the ICMPv6 checksum covers a pseudo-header, the ICMP one does not.
  const std::uint16_t pseudo_header =
      reply.source.is_v6() ? wire::pseudo_header_sum(reply.source, reply.destination, wire::protocol_icmpv6,
                                                     static_cast<std::uint32_t>(reply.size()))
                           : 0;
  wire::ChecksumAccumulator checksum{pseudo_header};
  checksum.add(reply.header);
  checksum.add(reply.body.bytes());
  store_be16(reply.header.data() + icmp_checksum_position, checksum.checksum());
}

}  // namespace

bool IcmpErrorRate::allow(Instant now) {
  if (now > counted_until_) {
    const auto earned = (now - counted_until_) / interval;
    counted_until_ += earned * interval;
    tokens_ = static_cast<std::uint32_t>(std::min<std::int64_t>(burst, tokens_ + earned));
  }
  if (tokens_ == 0) return false;
  --tokens_;
  return true;
}

bool carries_icmp_error(Bytes packet) {
  if (packet[0] >> 4 == 4) {
    const auto header = wire::parse_ipv4(packet);
    if (!header || header->protocol != wire::protocol_icmp) return false;
    if (packet.size() == header->header_size || header->fragment_offset != 0) return true;
    const std::uint8_t type = packet[header->header_size];
    // RFC 1122 §3.2.2 counts these two among the errors.
    if (type == wire::icmpv4::source_quench || type == wire::icmpv4::redirect) return true;
    return is_icmp_error(IpAddress::Family::v4, type);
  }
  const wire::Ipv6UpperLayer upper = wire::find_upper_layer(packet);
  if (upper.protocol != wire::protocol_icmpv6) return false;
  return upper.offset == packet.size() || packet[upper.offset] == wire::icmpv6::redirect ||
         is_icmp_error(IpAddress::Family::v6, packet[upper.offset]);
}

Reply make_echo_reply(const Datagram& datagram, const wire::IcmpHeader& request) {
  Reply reply;
  reply.source = datagram.destination;
  reply.destination = datagram.source;
  // RFC 1122 §3.2.2.6: the request's TOS. What the network wrote into the ECN field was meant for us.
  reply.traffic_class = wire::with_ecn_field(datagram.traffic_class, wire::EcnField::not_ect);
  reply.body = compact(datagram.payload.subslice(wire::icmp_header_size));
  const std::uint8_t type = datagram.source.is_v6() ? wire::icmpv6::echo_reply : wire::icmpv4::echo_reply;
  write_header(reply, {type, 0, request.rest});
  return reply;
}

Reply make_icmp_error(const IpAddress& source, const IpAddress& destination, const Slice& packet,
                      const wire::IcmpHeader& error) {
  Reply reply;
  reply.source = destination;
  reply.destination = source;
  reply.body = compact(packet.subslice(0, source.is_v6() ? max_quote_v6 : max_quote_v4));
  write_header(reply, error);
  return reply;
}

}  // namespace handwave::ip
