// The Internet layer's face: what each question is passed on to, and the clock's turn (RFC 1122 §3).
#include "stack/ip/ip.hpp"
#include "stack/wire/tcp.hpp"

#include <algorithm>
#include <utility>

namespace handwave::ip {

Ip::Ip(const StackConfig& config, Random& random)
    : addresses_(config.addresses),
      accept_source_routes_(config.accept_source_routes),
      path_mtus_(config.mtu),
      reassembly_(config.max_reassembly),
      replies_(config.max_replies),
      identifications_(random) {}

Arrival Ip::receive(Instant now, IncomingPacket packet, Counters& counters) {
  const unsigned version = packet.bytes.empty() ? 0 : packet.bytes.bytes()[0] >> 4;
  if (version == 4) return receive_v4(now, std::move(packet), counters);
  if (version == 6) return receive_v6(now, std::move(packet), counters);
  counters.add(Counter::ip_bad_version);
  return {};
}

void Ip::handle_timeout(Instant now, Counters& counters) {
  path_mtus_.handle_timeout(now);
  for (const ExpiredDatagram& expired : reassembly_.handle_timeout(now, counters)) {
    // RFC 1122 §3.3.2, RFC 8200 §4.5: only if the first fragment had come, which it has.
    const bool v6 = expired.source.is_v6();
    const wire::IcmpHeader error{v6 ? wire::icmpv6::time_exceeded : wire::icmpv4::time_exceeded,
                                 wire::reassembly_time_exceeded, 0};
    send_error(now, expired.source, expired.destination, expired.first_fragment, error, counters);
  }
}

std::optional<Instant> Ip::poll_timeout() const {
  const auto reassembly = reassembly_.poll_timeout();
  const auto path_mtus = path_mtus_.poll_timeout();
  if (reassembly && path_mtus) return std::min(*reassembly, *path_mtus);
  return reassembly ? reassembly : path_mtus;
}

bool Ip::is_local(const IpAddress& address) const { return addresses_.is_local(address); }
bool Ip::is_valid_remote(const IpAddress& address) const { return addresses_.is_valid_remote(address); }
std::optional<IpAddress> Ip::source_for(const IpAddress& remote) const { return addresses_.source_for(remote); }

std::uint16_t Ip::path_mtu(const IpAddress& remote) const { return path_mtus_.of(remote); }
bool Ip::lower_path_mtu(Instant now, const IpAddress& remote, std::uint16_t mtu) {
  return path_mtus_.lower(now, remote, mtu);
}

/// Whom a packet must come from, and whom it must be for.
bool Ip::admit(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, Counters& counters) const {
  if (destination.is_multicast() || addresses_.is_broadcast(destination)) {
    // MUST-57 (§3.9.2.3): TCP speaks with one host at a time. Nothing else is answered either (RFC 1122 §3.2.2).
    counters.add(protocol == wire::protocol_tcp ? Counter::tcp_invalid_address : Counter::ip_broadcast_or_multicast);
    return false;
  }
  if (!is_local(destination)) {
    counters.add(Counter::ip_not_for_us);
    return false;
  }
  // MUST-63 (§3.9.2.3), RFC 1122 §3.2.1.3: silently discard what does not come from one single host.
  if (!is_valid_remote(source)) {
    counters.add(Counter::ip_invalid_source);
    return false;
  }
  return true;
}

}  // namespace handwave::ip
