// The source route options of IPv4: RFC 791 §3.1, RFC 1122 §3.2.1.8 (c).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/source_route.hpp"

namespace handwave::wire {

inline constexpr std::size_t max_ipv4_options_size = 40;

//  +--------+--------+--------+---------//--------+
//  |1000?011| length | pointer|     route data    |
//  +--------+--------+--------+---------//--------+
/// The first source route option of a header. Its addresses before the pointer are where the packet was, the others
/// where it goes yet; the header's destination is where it is sent now.
struct SourceRouteOption {
  bool strict = false;
  std::size_t visited = 0;  ///< octets of `addresses` before the pointer
  Bytes addresses;          ///< four octets each

  /// The packet has reached its last destination.
  [[nodiscard]] bool completed() const { return visited == addresses.size(); }
  /// Where the packet goes in the end, if the route is not completed.
  [[nodiscard]] IpAddress destination() const { return IpAddress::from_octets(addresses.last(4)); }
};

/// Looks for a source route among the options of a header (what stands behind its first 20 octets); nothing if there is
/// none, or it is malformed, or hidden behind an option that is.
std::optional<SourceRouteOption> find_source_route(Bytes options);

/// The way back to `source`, which the packet came from by the completed route `arrived`.
SourceRoute return_route(const SourceRouteOption& arrived, const IpAddress& source);

/// The options that send a packet by `route` to `destination`; the header's own destination is then the first gateway.
class SourceRouteOptions {
 public:
  SourceRouteOptions(const SourceRoute& route, const IpAddress& destination);
  /// A whole number of words, `route.option_size()`.
  [[nodiscard]] Bytes octets() const { return Bytes{octets_}.first(size_); }

 private:
  std::array<std::uint8_t, max_ipv4_options_size> octets_{};
  std::size_t size_;
};

}  // namespace handwave::wire
