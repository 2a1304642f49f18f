// Reading and writing what all ICMP messages begin with: RFC 792, RFC 4443 §2.1.
#include "stack/wire/icmp.hpp"

#include "stack/expects.hpp"

namespace handwave::wire {

std::optional<IcmpHeader> parse_icmp(Bytes message) {
  if (message.size() < icmp_header_size) return std::nullopt;
  return IcmpHeader{.type = message[0], .code = message[1], .rest = load_be32(message.data() + 4)};
}

void write_icmp(const IcmpHeader& header, MutableBytes to) {
  expects(to.size() >= icmp_header_size, "there is room for an ICMP header");
  to[0] = header.type;
  to[1] = header.code;
  store_be16(to.data() + 2, 0);
  store_be32(to.data() + 4, header.rest);
}

}  // namespace handwave::wire
