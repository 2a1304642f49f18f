// Which addresses are ours, which can be another host's, and which of ours to use: RFC 1122 §3.2.1.3, §3.3.4.3.
#pragma once

#include <optional>
#include <vector>

#include "stack/address.hpp"

namespace handwave::ip {

/// The one interface's addresses with their networks.
class Addresses {
 public:
  explicit Addresses(const std::vector<AddressPrefix>& own);

  /// True for our own addresses.
  [[nodiscard]] bool is_local(const IpAddress& address) const;
  /// True for the limited broadcast and for the directed broadcasts of our networks, in the old form (all zeros) too.
  [[nodiscard]] bool is_broadcast(const IpAddress& address) const;
  /// True for what can be one single other host; see Ip::is_valid_remote.
  [[nodiscard]] bool is_valid_remote(const IpAddress& address) const;
  /// Our address in the longest network that holds `remote`, else the first of its family, if any.
  [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& remote) const;

 private:
  std::vector<AddressPrefix> own_;
  std::vector<IpAddress> broadcasts_;
};

}  // namespace handwave::ip
