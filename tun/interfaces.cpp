#include "tun/interfaces.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <memory>

#include "tun/system_error.hpp"

namespace handwave {

std::optional<IpAddress> address_of(const sockaddr& address) {
  if (address.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return IpAddress::from_octets({v6.sin6_addr.s6_addr, 16});
  }
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return IpAddress::from_octets({reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4});
  }
  return std::nullopt;
}

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) throw SystemError("list the addresses of the network interfaces", errno);
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  std::vector<InterfaceAddress> found;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_netmask == nullptr) continue;
    const auto address = address_of(*entry->ifa_addr);
    const auto mask = address_of(*entry->ifa_netmask);
    if (!address || !mask) continue;
    int length = 0;
    for (const std::uint8_t octet : mask->octets()) length += std::popcount(octet);
    found.push_back({entry->ifa_name, {*address, static_cast<std::uint8_t>(length)}});
  }
  return found;
}

}  // namespace handwave
