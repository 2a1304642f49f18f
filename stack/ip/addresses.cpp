// Our own addresses, and what an address may mean: RFC 1122 §3.2.1.3.
#include "stack/ip/addresses.hpp"

#include <algorithm>

namespace handwave::ip {
namespace {

/// {<network>, 0}: a broadcast address to hosts of 4.2BSD's time.
IpAddress network_number(const AddressPrefix& prefix) {
  const std::uint32_t mask = prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length);
  std::array<std::uint8_t, 4> octets;
  store_be32(octets.data(), load_be32(prefix.address.octets().data()) & mask);
  return IpAddress::from_octets(octets);
}

/// {0, <host>}, RFC 1122 §3.2.1.3 (b): "this host on this network", which only a host that boots may call itself.
bool is_on_this_network(const IpAddress& address) { return address.is_v4() && address.octets()[0] == 0; }

}  // namespace

Addresses::Addresses(const std::vector<AddressPrefix>& own) : own_(own) {
  for (const AddressPrefix& prefix : own_) {
    const auto broadcast = prefix.broadcast();
    if (!broadcast) continue;
    broadcasts_.push_back(*broadcast);
    // RFC 1122 §3.3.6: a host SHOULD recognize the non-standard forms as broadcasts too.
    broadcasts_.push_back(network_number(prefix));
  }
}

bool Addresses::is_local(const IpAddress& address) const {
  return std::ranges::any_of(own_, [&](const AddressPrefix& prefix) { return prefix.address == address; });
}

bool Addresses::is_broadcast(const IpAddress& address) const {
  if (address.is_v6()) return false;
  return address.is_limited_broadcast() || std::ranges::find(broadcasts_, address) != broadcasts_.end();
}

bool Addresses::is_valid_remote(const IpAddress& address) const {
  // MUST-46, MUST-63 (§3.9.1.1, §3.9.2.3), and RFC 1122 §3.2.1.3.
  return !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() &&
         !is_on_this_network(address) && !is_broadcast(address) && !is_local(address);
}

std::optional<IpAddress> Addresses::source_for(const IpAddress& remote) const {
  const AddressPrefix* best = nullptr;
  bool best_holds_it = false;
  for (const AddressPrefix& prefix : own_) {
    if (prefix.address.family() != remote.family()) continue;
    const bool holds_it = prefix.contains(remote);
    if (best == nullptr || (holds_it && (!best_holds_it || prefix.length > best->length))) {
      best = &prefix;
      best_holds_it = holds_it;
    }
  }
  if (best == nullptr) return std::nullopt;
  return best->address;
}

}  // namespace handwave::ip
