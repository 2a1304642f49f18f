// Setting up a network interface through rtnetlink (RFC 3549 describes the protocol): what `ip link` and `ip address`
// do.
#pragma once

#include <cstdint>
#include <string>

#include "stack/address.hpp"
#include "tun/file_descriptor.hpp"

namespace handwave {

/// A conversation with the kernel about interfaces, each named by its index. Every call throws SystemError, with the
/// kernel's own explanation if it gives one.
class Netlink {
 public:
  Netlink();

  /// Sets the MTU, in octets of an IP packet.
  void set_mtu(int interface, std::uint32_t mtu);
  /// Sets how many packets may wait for whoever reads the device.
  void set_queue_length(int interface, std::uint32_t packets);
  /// Keeps the kernel from giving the interface a link-local IPv6 address by itself, and so from soliciting routers.
  /// Where the interface has no IPv6 there is nothing to turn off.
  void disable_address_generation(int interface);
  /// Gives the interface an address of the kernel's, with a route to its network. IPv6: usable at once, since there is
  /// nobody on a TUN device to detect a duplicate.
  void add_address(int interface, const AddressPrefix& address);
  void bring_up(int interface);

 private:
  class Request;
  /// Sends the request and waits for the acknowledgment.
  void perform(Request& request, const std::string& attempt, const std::string& advice = {});

  FileDescriptor socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace handwave
