// The Internet layer as a TCP sees it: RFC 1122 §3, RFC 791, RFC 8200, with ICMP and ICMPv6 inside.
//
// A packet goes in and at most one thing for the transport comes out: a segment, or an ICMP error about one. All else
// is answered (echo, UDP, unknown protocols), kept (fragments) or dropped and counted in here. The answers wait in a
// queue for poll_transmit. The transport's own packets do not pass through: it only asks for an IP header in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/address.hpp"
#include "stack/bytes.hpp"
#include "stack/config.hpp"
#include "stack/counters.hpp"
#include "stack/ip/addresses.hpp"
#include "stack/ip/arrival.hpp"
#include "stack/ip/datagram.hpp"
#include "stack/ip/icmp_output.hpp"
#include "stack/ip/identification.hpp"
#include "stack/ip/path_mtu.hpp"
#include "stack/ip/reassembly.hpp"
#include "stack/ip/replies.hpp"
#include "stack/packet.hpp"
#include "stack/random.hpp"
#include "stack/slice.hpp"
#include "stack/source_route.hpp"
#include "stack/time.hpp"
#include "stack/wire/icmp.hpp"
#include "stack/wire/ipv4.hpp"
#include "stack/wire/ipv6.hpp"

namespace handwave::ip {

/// What the transport asks of an outgoing packet.
struct Envelope {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  const SourceRoute* route = nullptr;  ///< of IPv4; null where it goes straight to `destination`
  bool whole = false;                  ///< not to be fragmented, however narrow the path may be
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
  /// Octets of memory that fragments take; never above the configured `max_reassembly`.
  [[nodiscard]] std::size_t octets_of_fragments() const { return reassembly_.octets_held(); }

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
  // input_v4.cpp and input_v6.cpp: from a packet to a whole datagram for us.
  Arrival receive_v4(Instant now, IncomingPacket&& packet, Counters& counters);
  Arrival receive_v4_fragment(Instant now, const wire::Ipv4Header& header, const Slice& packet, Counters& counters);
  Arrival receive_v6(Instant now, IncomingPacket&& packet, Counters& counters);
  Arrival receive_v6_fragment(Instant now, const wire::Ipv6Header& header, const wire::Ipv6Payload& walked,
                              const Slice& packet, Counters& counters);
  void answer_problem_v6(Instant now, const wire::Ipv6Header& header, const wire::Ipv6Payload& walked,
                         const Slice& packet, Counters& counters);
  void answer_fault_v6(Instant now, const Fragment& fragment, FragmentFault fault, const Slice& packet,
                       Counters& counters);
  [[nodiscard]] Indirect<SourceRoute> return_route_of(const Datagram& datagram) const;
  bool heeds_options(Instant now, const wire::Ipv4Header& header, const Slice& packet, Counters& counters);
  [[nodiscard]] bool admit(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                           Counters& counters) const;

  // deliver.cpp: from a datagram to the transport, or to an answer.
  Arrival deliver(Instant now, Datagram&& datagram, Counters& counters);
  Arrival deliver_icmp(const Datagram& datagram, Counters& counters);
  Arrival deliver_icmp_error(const Datagram& datagram, const wire::IcmpHeader& header, Counters& counters);
  void refuse_udp(Instant now, const Datagram& datagram, Counters& counters);
  void refuse_protocol(Instant now, const Datagram& datagram, Counters& counters);
  void send_error(Instant now, const IpAddress& source, const IpAddress& destination, const Slice& packet,
                  const wire::IcmpHeader& error, Counters& counters);

  // output.cpp: IP headers.
  MutableBytes write_routed_header(OutgoingPacket& packet, const Envelope& envelope, std::size_t transport_size);
  wire::Ipv4Header fields_of(const OutgoingPacket& packet, const Envelope& envelope);
  MutableBytes write_reply_header(OutgoingPacket& packet, const Reply& reply, const ReplyPiece& piece,
                                  std::size_t transport_size) const;

  Addresses addresses_;
  bool accept_source_routes_;
  PathMtus path_mtus_;
  Reassembly reassembly_;
  Replies replies_;
  IcmpErrorRate icmp_error_rate_;
  Identification identifications_;
  std::uint32_t reply_identification_ = 0;  ///< shared by the fragments of the reply that is being sent
};

}  // namespace handwave::ip
