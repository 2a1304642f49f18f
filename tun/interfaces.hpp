// The addresses that the machine's network interfaces have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stack/address.hpp"

struct sockaddr;

namespace handwave {

/// The address in a kernel's `sockaddr`, with its whole length behind the reference; nothing if it is not of IP.
std::optional<IpAddress> address_of(const sockaddr& address);

struct InterfaceAddress {
  std::string interface;
  AddressPrefix prefix;
};
/// Those of every interface that there is. Throws SystemError.
std::vector<InterfaceAddress> interface_addresses();

}  // namespace handwave
