// What the Internet layer hands to the transport: segments, and ICMP errors about segments.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "stack/address.hpp"
#include "stack/error.hpp"
#include "stack/indirect.hpp"
#include "stack/slice.hpp"
#include "stack/source_route.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::ip {

/// A TCP segment for one of our addresses, out of a packet or put together from fragments. Neither its checksum nor
/// its header has been looked at.
struct TcpArrival {
  IpAddress source;
  IpAddress destination;
  Slice segment;                       ///< from the first octet of the TCP header; shares the packet's block
  bool checksum_verified = false;      ///< the device vouches for the TCP checksum
  std::uint16_t segment_size = 0;      ///< as in IncomingPacket
  std::uint8_t traffic_class = 0;      ///< Differentiated Services and ECN
  Indirect<SourceRoute> return_route;  ///< if the packet came by a source route that is completed, and may be believed
};

/// An ICMP error that quotes a TCP segment of ours. Nobody has checked it against a connection yet (RFC 5927 §4).
struct IcmpError {
  FourTuple sockets;  ///< local is the quoted source, remote the quoted destination
  Seq seq;            ///< the quoted SEG.SEQ
  TcpError error = TcpError::host_unreachable;
  bool hard =
      false;  ///< RFC 9293 §3.9.2.2: a hard error should abort the connection (SHLD-26), a soft one must not (MUST-56)
  /// Set if the packet was too big (RFC 1191, RFC 8201): the next hop's MTU; if an old router told none, a guess from
  /// the table of RFC 1191 §7.1 and the quoted length.
  std::optional<std::uint16_t> mtu;
};

/// What one packet brought for the transport: nothing, a segment, or an error about one.
using Arrival = std::variant<std::monostate, TcpArrival, IcmpError>;

}  // namespace handwave::ip
