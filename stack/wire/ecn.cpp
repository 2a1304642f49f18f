#include "stack/wire/ecn.hpp"

#include "stack/expects.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"

namespace handwave::wire {
namespace {

constexpr std::size_t ipv4_checksum_at = 10;

bool is_ipv4(Bytes packet) {
  if (packet.size() < ipv4_header_size || packet[0] >> 4 != 4) return false;
  const std::size_t header_size = std::size_t{4} * (packet[0] & 0x0f);
  return ipv4_header_size <= header_size && header_size <= packet.size();
}
bool is_ipv6(Bytes packet) { return packet.size() >= ipv6_header_size && packet[0] >> 4 == 6; }

}  // namespace

EcnField ecn_field_of(Bytes packet) {
  if (is_ipv4(packet)) return ecn_field(packet[1]);
  if (is_ipv6(packet)) return ecn_field(packet[1] >> 4);
  return EcnField::not_ect;
}

void set_ecn_field(MutableBytes packet, EcnField field) {
  if (is_ipv6(packet)) {  // the traffic class is shifted by the four bits of the version
    packet[1] = static_cast<std::uint8_t>((packet[1] & 0b1100'1111) | static_cast<std::uint8_t>(field) << 4);
    return;
  }
  expects(is_ipv4(packet), "only an IP packet has an ECN field");
  // RFC 1624 §3, eqn. 3: HC' = ~(~HC + ~m + m'). A checksum that was wrong stays so.
  std::uint32_t sum = static_cast<std::uint16_t>(~load_be16(packet.data() + ipv4_checksum_at));
  sum += static_cast<std::uint16_t>(~load_be16(packet.data()));
  packet[1] = with_ecn_field(packet[1], field);
  sum += load_be16(packet.data());
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  store_be16(packet.data() + ipv4_checksum_at, static_cast<std::uint16_t>(~sum));
}

}  // namespace handwave::wire
