// What is set once for a stack, and what an application may set for one listener or one connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "stack/address.hpp"
#include "stack/source_route.hpp"
#include "stack/time.hpp"

namespace handwave {

/// Switched off by default (MUST-25). An idle connection is probed each `interval` once `idle` has passed without a
/// segment from the peer, and given up after `probes` of them went unanswered: one alone proves nothing (MUST-29).
struct KeepAlive {
  bool enabled = false;                   ///< MUST-24
  Duration idle = std::chrono::hours{2};  ///< MUST-27, MUST-28: no less than two hours unless the caller says so
  Duration interval = std::chrono::seconds{75};
  unsigned probes = 9;
};

/// How the congestion window grows once slow start is over, and how far it goes back at a loss (MAY-18).
enum class CongestionAvoidance : std::uint8_t {
  cubic,     ///< RFC 9438
  new_reno,  ///< RFC 5681
};

/// How many octets a buffer may hold. One that is set to a number keeps it; one that grows follows what the path holds,
/// up to its limit.
struct BufferSize {
  /// A fixed size; no window is larger than 2^30 octets (RFC 7323 §2.3).
  constexpr BufferSize(std::size_t octets)  // NOLINT(google-explicit-constructor)
      : initial(octets < UINT32_MAX ? static_cast<std::uint32_t>(octets) : UINT32_MAX), limit(initial) {}
  static constexpr BufferSize growing(std::uint32_t from, std::uint32_t up_to) {
    BufferSize size{from};
    size.limit = up_to < from ? from : up_to;
    return size;
  }

  std::uint32_t initial;
  std::uint32_t limit;
};

/// Whether a connection uses Explicit Congestion Notification (RFC 3168): routers mark packets instead of dropping
/// them.
enum class EcnUse : std::uint8_t {
  off,     ///< neither asked for nor agreed to
  accept,  ///< agreed to if the peer asks
  on,      ///< asked for as well, by the first SYN
};

/// RFC 5482 §3: whether the peer is told of the user timeout, and heeded when it tells of its own.
struct UserTimeoutOption {
  bool enabled = false;  ///< ENABLED, for both directions
  /// CHANGEABLE: the user timeout follows what the peer tells. If nothing is said here, it does unless `user_timeout`
  /// was set to something else than its default.
  std::optional<bool> changeable = std::nullopt;
  /// U_LIMIT: no peer has us hold a connection longer.
  std::chrono::duration<std::uint32_t> longest = std::chrono::hours{1};
};

/// What an application may set for a connection, at OPEN or at any time later (buffers, congestion, ECN: at OPEN only).
struct ConnectionOptions {
  KeepAlive keep_alive = {};
  /// MUST-21: R2 as a time. How long data may stay unacknowledged before the connection is given up; nothing is never.
  std::optional<Duration> user_timeout = std::chrono::minutes{5};
  UserTimeoutOption user_timeout_option = {};
  /// Octets written and not yet acknowledged.
  BufferSize send_buffer = BufferSize::growing(1U << 20, 16U << 20);
  /// Octets received and not yet read: RCV.BUFF. It grows by what is read, and never by what is left unread.
  BufferSize receive_buffer = BufferSize::growing(1U << 20, 16U << 20);
  CongestionAvoidance congestion_avoidance = CongestionAvoidance::cubic;
  EcnUse ecn = EcnUse::accept;  ///< SHLD-8 (§3.8.2)
  /// Windows leave over the round trip, and not at once, on paths of a millisecond or more (docs/decisions/0022).
  bool pacing = true;
  bool nagle = true;  ///< MUST-17, SHLD-7
  /// SHLD-20: tell of soft errors (ICMP, R1) while the connection goes on.
  bool error_reports = true;
  std::uint8_t hop_limit = 64;  ///< MUST-49
  /// MUST-48, SHLD-21, SHLD-22 (§3.9.1.9): Differentiated Services, in the upper six bits; passed on unchanged. (The
  /// two below are ECN's, and not the application's to set.)
  std::uint8_t traffic_class = 0;
};

/// Passive OPEN.
struct ListenOptions {
  std::size_t backlog = 1024;  ///< connections established and not yet accepted
  ConnectionOptions connection = {};
};

/// Active OPEN.
struct OpenOptions {
  /// MUST-43; else chosen by the remote's family and network (MUST-44).
  std::optional<IpAddress> local_address = std::nullopt;
  std::uint16_t local_port = 0;  ///< 0: an ephemeral one (RFC 6056)
  /// MUST-23: how long a SYN is retransmitted before the OPEN fails.
  std::optional<Duration> connect_timeout = std::chrono::minutes{3};
  SourceRoute source_route = {};  ///< MUST-51: IPv4 only; whatever route the peer's packets took, this one stands
  ConnectionOptions connection = {};
};

/// What is set once for a stack. Every limit is on something that a peer could otherwise make grow.
struct StackConfig {
  std::vector<AddressPrefix> addresses;  ///< the one interface's own addresses with their networks
  std::uint16_t mtu = 1500;              ///< octets of an IP packet on the wire
  /// The largest IP packet handed to the device: 65535 lets it carry super-segments; the MTU or less turns them off.
  std::uint32_t max_packet = 65535;
  Duration msl = std::chrono::minutes{2};  ///< §3.4.2: the maximum segment lifetime; TIME-WAIT lasts two of them
  Duration minimum_rto = std::chrono::seconds{1};  ///< RFC 6298 (2.4)
  /// RFC 4821: where a path swallows large packets and no router says so, send smaller ones, and find out by probing
  /// which it carries. (What routers say is heeded either way.)
  bool path_mtu_search = true;
  /// RFC 4821 §7.2: what nearly every path carries, octets of an IP packet; over IPv6 it is 1280 at least.
  std::uint16_t base_path_mtu = 1024;
  bool selective_acknowledgment = true;  ///< RFC 2018: offer it, and agree to it; without it there is only NewReno
  /// MUST-53: answer along the source route of a packet that came by one. Off, such routes are ignored: by them anybody
  /// gets the answers to packets in another's name (docs/decisions/0021).
  bool accept_source_routes = false;

  std::size_t max_connections = std::size_t{1} << 20;
  /// Octets by which the buffers of all connections together may have grown. A connection that would go beyond stays
  /// with what it has, and gives back what it took when it ends: peers choose how long a round trip takes, and so what
  /// they could make each connection's buffers grow to.
  std::size_t max_buffer_growth = std::size_t{256} << 20;
  std::size_t max_half_open = 4096;  ///< entries of the SYN cache
  std::size_t max_time_wait = std::size_t{1} << 18;
  std::size_t max_out_of_order = std::size_t{16} << 20;  ///< octets a connection holds for later; no more than RCV.BUFF
  std::size_t max_reassembly = std::size_t{1} << 20;     ///< octets of IP fragments held in all
  std::size_t max_replies = 1024;                        ///< control packets waiting for the device
};

}  // namespace handwave
