// What routers said about the size of packets: path MTU discovery, RFC 1191 and RFC 8201.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "stack/address.hpp"
#include "stack/path_mtu_floor.hpp"
#include "stack/time.hpp"

namespace handwave::ip {

/// Path MTUs below the interface's, by destination. Each is forgotten after a while, so that a path that has become
/// wider is noticed.
class PathMtus {
 public:
  /// RFC 1191 §6.3, RFC 8201 §4: ten minutes after the path MTU was lowered, try the larger one again.
  static constexpr Duration lifetime = std::chrono::minutes{10};
  /// A path that is truly narrower than this floor still works: see `may_fragment`.
  static constexpr std::uint16_t floor_v4 = path_mtu_floor(IpAddress::Family::v4);
  static constexpr std::uint16_t floor_v6 = path_mtu_floor(IpAddress::Family::v6);
  /// Destinations remembered at once; over it the oldest is forgotten, and learnt again if need be.
  static constexpr std::size_t capacity = 1024;

  explicit PathMtus(std::uint16_t interface_mtu) : interface_mtu_(interface_mtu) {}

  /// Octets of the largest packet for `remote`.
  [[nodiscard]] std::uint16_t of(const IpAddress& remote) const;
  /// True if the path is narrower than the floor: packets to `remote` go without Don't Fragment, for routers to cut.
  [[nodiscard]] bool may_fragment(const IpAddress& remote) const;
  /// Takes a router's word for it. True if that changed the path's MTU, or `may_fragment`.
  bool lower(Instant now, const IpAddress& remote, std::uint16_t mtu);
  /// Forgets what is too old.
  void handle_timeout(Instant now);
  /// When the oldest entry will be; nothing if there is none.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;

 private:
  struct Entry {
    std::uint16_t mtu;
    bool may_fragment;
    Instant expires;
  };

  void forget_oldest();
  void update_next_expiry();

  std::uint16_t interface_mtu_;
  std::map<IpAddress, Entry> entries_;
  std::optional<Instant> next_expiry_;
};

/// RFC 1191 §5, §7.1: the MTU to try when a router dropped a packet of `dropped_size` octets and did not say what
/// would have fitted: the next lower plateau of the table of common MTUs.
std::uint16_t next_lower_plateau(std::uint16_t dropped_size);

}  // namespace handwave::ip
