// ICMP and ICMPv6 error messages, their headers and checksums by libtins.
#include "tests/support/icmp_packet.hpp"

#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/utils/checksum_utils.h>

#include <algorithm>
#include <cstring>

namespace handwave::test {
namespace {

/// libtins sums words as they lie in memory, in the machine's order.
void store_checksum(MutableBytes message, std::uint32_t sum) {
  sum += Tins::Utils::sum_range(message.data(), message.data() + message.size());
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  const auto checksum = static_cast<std::uint16_t>(~sum);
  std::memcpy(&message[2], &checksum, sizeof checksum);
}

}  // namespace

std::vector<std::uint8_t> build_icmp_error(const IpAddress& source, const IpAddress& destination, std::uint8_t type,
                                           std::uint8_t code, std::uint32_t word, Bytes quoted,
                                           std::size_t quoted_octets) {
  const std::size_t header_size = quoted[0] >> 4 == 4 ? std::size_t{quoted[0] & 0xfU} * 4 : 40;
  const std::size_t quoted_size = std::min(quoted.size(), header_size + quoted_octets);
  std::vector<std::uint8_t> message = {type, code, 0, 0, 0, 0, 0, 0};
  store_be32(&message[4], word);
  message.insert(message.end(), quoted.begin(), quoted.begin() + static_cast<std::ptrdiff_t>(quoted_size));
  const auto size = static_cast<std::uint16_t>(message.size());
  if (source.is_v4()) {
    store_checksum(message, 0);
    Tins::IP ip(destination.to_string(), source.to_string());
    ip.protocol(1);
    ip.inner_pdu(Tins::RawPDU(message.data(), size));
    return ip.serialize();
  }
  Tins::IPv6 ip(destination.to_string(), source.to_string());
  store_checksum(message, Tins::Utils::pseudoheader_checksum(ip.src_addr(), ip.dst_addr(), size, 58));
  ip.next_header(58);
  ip.hop_limit(64);
  ip.inner_pdu(Tins::RawPDU(message.data(), size));
  return ip.serialize();
}

}  // namespace handwave::test
