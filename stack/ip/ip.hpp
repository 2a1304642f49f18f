// The Internet layer as a TCP sees it: RFC 1122 §3, RFC 791, RFC 8200, with ICMP and ICMPv6 inside.
//
// A packet goes in and at most one thing for the transport comes out: a segment, or an ICMP error about one. All else
// is answered (echo, UDP, unknown protocols), kept (fragments) or dropped and counted in here. The answers wait in a
// queue for poll_transmit. The transport's own packets do not pass through: it only asks for an IP header in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/config.hpp"
#include "stack/counters.hpp"
#include "stack/error.hpp"
#include "stack/packet.hpp"
#include "stack/random.hpp"
#include "stack/slice.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::ip {

/// A TCP segment for one of our addresses, out of a packet or put together from fragments. Neither its checksum nor
/// its header has been looked at.
struct TcpArrival {
  IpAddress source;
  IpAddress destination;
  Slice segment;                   ///< from the first octet of the TCP header; shares the packet's block
  bool checksum_verified = false;  ///< the device vouches for the TCP checksum
  std::uint16_t segment_size = 0;  ///< as in IncomingPacket
  std::uint8_t traffic_class = 0;  ///< Differentiated Services and ECN
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

/// What the transport asks of an outgoing packet.
struct Envelope {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
};

/// The one interface's Internet layer. A value: copies go on by themselves.
class Ip {
 public:
  /// A host with the addresses, the MTU and the limits of `config`.
  Ip(const StackConfig& config, Random& random);

  /// Takes a packet from the network, whatever its bytes are. Answers are queued; everything dropped is counted by its
  /// reason (that a packet came is for the caller to count).
  Arrival receive(Instant now, IncomingPacket packet, Counters& counters);
  /// Makes `packet` the next queued answer; false if there is none. Its payload views stay valid until the next call
  /// that changes this object.
  bool poll_transmit(OutgoingPacket& packet);
  /// Gives up on datagrams whose fragments did not all come in time, and forgets path MTUs that are too old.
  void handle_timeout(Instant now, Counters& counters);
  /// When handle_timeout wants to be called; nothing if nothing waits.
  [[nodiscard]] std::optional<Instant> poll_timeout() const;

  /// True for our own addresses.
  [[nodiscard]] bool is_local(const IpAddress& address) const;
  /// True for what can be one single other host: not unspecified, multicast or broadcast (MUST-46, MUST-63), not
  /// loopback, and not ourselves, since packets to ourselves would only come back from the network (where
  /// RFC 1122 §3.2.1.3 has them dropped).
  [[nodiscard]] bool is_valid_remote(const IpAddress& address) const;
  /// MUST-44: our address to talk to `remote` from: the longest network that holds it, else the first address of its
  /// family; nothing if we have none.
  [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& remote) const;

  /// Octets of the largest IP packet for `remote`: the interface's MTU, or less if a router said so.
  [[nodiscard]] std::uint16_t path_mtu(const IpAddress& remote) const;
  /// A router's word that packets to `remote` may have `mtu` octets at most, to be passed on only once it is checked
  /// against a connection. Never raises the path MTU, nor lowers it under the floor of its family. True if lowered.
  bool lower_path_mtu(Instant now, const IpAddress& remote, std::uint16_t mtu);

  /// To be called when the payload was added: makes room for the IP header and `transport_size` octets behind it,
  /// writes the IP header, and gives the transport header's place. The packet must not exceed 65535 octets.
  MutableBytes write_header(OutgoingPacket& packet, const Envelope& envelope, std::size_t transport_size);

 private:
  StackConfig config_;
};

}  // namespace handwave::ip
