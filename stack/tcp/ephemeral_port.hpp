// Local ports for active OPENs: RFC 6056 §3.3.4, "Double-Hash Port Selection Algorithm".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/address.hpp"
#include "stack/random.hpp"

namespace handwave::tcp {

/// Ports that an outsider cannot guess and that do not come back soon: for each remote socket they count up from a
/// secret offset of its own, and one of a few counters, chosen by a second hash, serves it.
class EphemeralPorts {
 public:
  // RFC 6335 §6: the Dynamic Ports.
  static constexpr std::uint16_t first = 49152;
  static constexpr std::uint16_t last = 65535;
  static constexpr std::uint32_t count = std::uint32_t{last} - first + 1;

  /// A port for which `in_use(port)` does not hold; nothing if it holds for all. Asks for each port once at most.
  template <class InUse>
  std::optional<std::uint16_t> choose(SipKey key, const IpAddress& local, const Endpoint& remote, InUse in_use) {
    const Start start = start_for(key, local, remote);
    for (std::uint32_t tried = 0; tried < count; ++tried) {
      const std::uint32_t step = counters_[start.counter]++;
      const auto port = static_cast<std::uint16_t>(first + (start.offset + step) % count);
      if (!in_use(port)) return port;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t counter_count = 64;
  struct Start {
    std::uint32_t offset;  ///< F, modulo the number of ports
    std::size_t counter;   ///< G
  };
  static Start start_for(SipKey key, const IpAddress& local, const Endpoint& remote);

  // They wrap at 2^16, a multiple of the number of ports.
  std::array<std::uint16_t, counter_count> counters_{};
};

}  // namespace handwave::tcp
