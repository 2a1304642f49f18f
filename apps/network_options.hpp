// What every command that has a network of its own lets its caller choose, checked and made into configurations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/config.hpp"
#include "tun/open_device.hpp"

namespace handwave {

/// As it was typed.
struct NetworkOptions {
  std::string tun = "handwave%d";
  std::vector<std::string> addresses;         ///< the stack's, "192.0.2.2/24"
  std::vector<std::string> kernel_addresses;  ///< none: the first of each of the stack's networks
  std::int64_t mtu = 1500;
  bool no_offload = false;
  std::string congestion = "cubic";
  bool no_pacing = false;
  std::string ecn = "accept";
  std::string capture;
  std::string impair;
  std::uint64_t seed = 1;
  bool ladder = false;
  double msl_seconds = 120;
};

/// As it is to be done.
struct Network {
  DeviceOptions device;
  StackConfig stack;
  ConnectionOptions connection;  ///< of every connection
};

/// Throws UsageError, with one line that says what is wrong.
Network resolve(const NetworkOptions& options);

}  // namespace handwave
