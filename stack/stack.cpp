// The public face: joins the Internet layer to TCP, and owns both.
#include "stack/stack.hpp"

#include <algorithm>

#include "stack/ip/ip.hpp"
#include "stack/tcp/endpoints.hpp"
#include "stack/wire/checksum.hpp"
#include "stack/wire/ecn.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave {

struct Stack::Parts {
  Parts(const StackConfig& configuration, const Secret& secret)
      : config(configuration), random(secret), ip(configuration, random), tcp(configuration, random) {}

  void tcp_arrives(Instant now, const ip::TcpArrival& arrival);
  void icmp_error_arrives(Instant now, const ip::IcmpError& error);
  void write(const tcp::OutgoingSegment& segment);
  [[nodiscard]] bool is_possible(const SourceRoute& route, const IpAddress& destination) const;

  StackConfig config;
  Counters counters;
  Random random;
  ip::Ip ip;
  tcp::Endpoints tcp;
  OutgoingPacket packet;  ///< the one that poll_transmit shows
};

Stack::Stack(const StackConfig& config, const Secret& secret) : parts_(std::make_unique<Parts>(config, secret)) {}
Stack::Stack(const Stack& other) : parts_(std::make_unique<Parts>(*other.parts_)) {}
Stack& Stack::operator=(const Stack& other) {
  if (this != &other) parts_ = std::make_unique<Parts>(*other.parts_);
  return *this;
}
Stack::Stack(Stack&&) noexcept = default;
Stack& Stack::operator=(Stack&&) noexcept = default;
Stack::~Stack() = default;

// ---- Arrivals ----

void Stack::receive(Instant now, IncomingPacket packet) {
  parts_->counters.add(Counter::packets_received);
  parts_->counters.add(Counter::octets_received, packet.bytes.size());
  const ip::Arrival arrival = parts_->ip.receive(now, std::move(packet), parts_->counters);
  if (const auto* segment = std::get_if<ip::TcpArrival>(&arrival)) parts_->tcp_arrives(now, *segment);
  if (const auto* error = std::get_if<ip::IcmpError>(&arrival)) parts_->icmp_error_arrives(now, *error);
}

void Stack::receive(Instant now, Bytes packet) { receive(now, IncomingPacket{.bytes = Slice::copy_of(packet)}); }

void Stack::Parts::tcp_arrives(Instant now, const ip::TcpArrival& arrival) {
  counters.add(Counter::tcp_segments_received);
  const Bytes octets = arrival.segment.bytes();
  const auto parsed = wire::parse_tcp(octets);
  if (!parsed) return counters.add(Counter::tcp_malformed);
  if (!arrival.checksum_verified) {  // MUST-3 (§3.1)
    const std::uint16_t pseudo_header = wire::pseudo_header_sum(arrival.source, arrival.destination, wire::protocol_tcp,
                                                                static_cast<std::uint32_t>(octets.size()));
    if (wire::ones_complement_sum(octets, pseudo_header) != 0xffff) return counters.add(Counter::tcp_bad_checksum);
  }
  const wire::TcpHeader& header = parsed->header;
  if (header.options.illegal_length) counters.add(Counter::tcp_bad_option_length);  // MUST-7
  tcp::Segment seg;
  seg.sockets = {{arrival.destination, header.destination_port}, {arrival.source, header.source_port}};
  seg.seq = header.seq;
  seg.ack = header.ack;
  seg.flags = header.flags;
  seg.wnd = header.wnd;
  seg.up = header.up;
  seg.options = header.options;
  seg.text = arrival.segment.subslice(parsed->header_size);
  seg.segment_size = arrival.segment_size;
  seg.congestion_experienced = wire::ecn_field(arrival.traffic_class) == wire::EcnField::ce;
  seg.return_route = arrival.return_route;
  const std::uint16_t path_mtu = ip.path_mtu(arrival.source);
  tcp.segment_arrives(now, std::move(seg), path_mtu, counters);
}

void Stack::Parts::icmp_error_arrives(Instant now, const ip::IcmpError& error) {
  if (!tcp.believes_icmp(error.sockets, error.seq, counters)) return;  // RFC 5927 §4.1
  if (!error.mtu) return tcp.icmp_error_arrives(now, error.sockets, error.error, error.hard, counters);
  counters.add(Counter::icmp_errors_delivered);
  const IpAddress& remote = error.sockets.remote.address;
  ip.lower_path_mtu(now, remote, *error.mtu);  // another connection may have done so already, and this one not know it
  tcp.path_mtu_changed(now, error.sockets, ip.path_mtu(remote));
}

void Stack::handle_timeout(Instant now) {
  parts_->ip.handle_timeout(now, parts_->counters);
  parts_->tcp.handle_timeout(now, parts_->counters);
}

// ---- Commands ----

Stack::Result<ListenerId> Stack::listen(const Endpoint& local, const ListenOptions& options) {
  if (!local.address.is_unspecified() && !parts_->ip.is_local(local.address))
    return std::unexpected(TcpError::address_not_available);
  return parts_->tcp.listen(local, options);
}

Stack::Result<ConnectionId> Stack::accept(ListenerId listener) { return parts_->tcp.accept(listener); }

void Stack::close(Instant now, ListenerId listener) { parts_->tcp.close(now, listener, parts_->counters); }

Stack::Result<ConnectionId> Stack::connect(Instant now, const Endpoint& remote, const OpenOptions& options) {
  if (remote.port == 0 || remote.address.is_unspecified())
    return std::unexpected(TcpError::foreign_endpoint_unspecified);
  if (!parts_->ip.is_valid_remote(remote.address)) return std::unexpected(TcpError::invalid_remote_address);  // MUST-46
  if (!parts_->is_possible(options.source_route, remote.address))
    return std::unexpected(TcpError::invalid_remote_address);
  // MUST-43, MUST-44 (§3.9.1.1): the caller's local address, or the one that IP chooses for the destination.
  const auto local = options.local_address ? options.local_address : parts_->ip.source_for(remote.address);
  if (!local || !parts_->ip.is_local(*local) || local->family() != remote.address.family())
    return std::unexpected(TcpError::address_not_available);
  const FourTuple sockets{{*local, options.local_port}, remote};
  return parts_->tcp.connect(now, sockets, options, parts_->ip.path_mtu(remote.address), parts_->counters);
}

/// Source routes are IPv4's alone: RFC 5095 took those of IPv6 away.
bool Stack::Parts::is_possible(const SourceRoute& route, const IpAddress& destination) const {
  if (route.gateways.empty()) return true;
  return destination.is_v4() && route.gateways.size() <= SourceRoute::max_gateways &&
         std::ranges::all_of(route.gateways,
                             [&](const IpAddress& gateway) { return gateway.is_v4() && ip.is_valid_remote(gateway); });
}

Stack::Result<std::size_t> Stack::send(Instant now, ConnectionId id, Bytes octets) {
  return parts_->tcp.on(now, id, parts_->counters,
                        [&](tcp::Connection& connection, tcp::Context&) { return connection.send(now, octets); });
}

Stack::Result<std::size_t> Stack::send(Instant now, ConnectionId id, Slice octets) {
  return parts_->tcp.on(now, id, parts_->counters, [&](tcp::Connection& connection, tcp::Context&) {
    return connection.send(now, std::move(octets));
  });
}

Stack::Result<std::size_t> Stack::send_urgent(Instant now, ConnectionId id, Bytes octets) {
  return parts_->tcp.on(now, id, parts_->counters, [&](tcp::Connection& connection, tcp::Context&) {
    return connection.send_urgent(now, octets);
  });
}

Stack::Result<Slice> Stack::receive(Instant now, ConnectionId id, std::size_t max) {
  return parts_->tcp.on(now, id, parts_->counters,
                        [&](tcp::Connection& connection, tcp::Context&) { return connection.receive(max); });
}

Stack::Result<void> Stack::close(Instant now, ConnectionId id, CloseKind kind) {
  return parts_->tcp.on(now, id, parts_->counters, [&](tcp::Connection& connection, tcp::Context& context) {
    return connection.close(now, kind, context);
  });
}

void Stack::abort(Instant now, ConnectionId id) { parts_->tcp.abort(now, id, parts_->counters); }

Stack::Result<Status> Stack::status(ConnectionId id) const {
  const tcp::Connection* connection = std::as_const(parts_->tcp).find(id);
  if (connection == nullptr) return std::unexpected(TcpError::connection_does_not_exist);
  return connection->status();
}

Stack::Result<ConnectionOptions> Stack::options(ConnectionId id) const {
  const tcp::Connection* connection = std::as_const(parts_->tcp).find(id);
  if (connection == nullptr) return std::unexpected(TcpError::connection_does_not_exist);
  return connection->options();
}

Stack::Result<void> Stack::set_options(Instant now, ConnectionId id, const ConnectionOptions& options) {
  return parts_->tcp.on(now, id, parts_->counters, [&](tcp::Connection& connection, tcp::Context&) {
    connection.set_options(now, options);
    return Result<void>{};
  });
}

// ---- Polls ----

const OutgoingPacket* Stack::poll_transmit(Instant now) {
  OutgoingPacket& packet = parts_->packet;
  packet.clear();
  if (!parts_->ip.poll_transmit(packet)) {
    tcp::OutgoingSegment segment;
    if (!parts_->tcp.poll_transmit(now, segment, packet, parts_->counters)) return nullptr;
    parts_->write(segment);
  }
  parts_->counters.add(Counter::packets_sent);
  parts_->counters.add(Counter::octets_sent, packet.size());
  return &packet;
}

/// Headers in front of the text that is in the packet already; the checksum is left to the device (design: partial).
void Stack::Parts::write(const tcp::OutgoingSegment& segment) {
  counters.add(Counter::tcp_segments_sent);
  wire::TcpHeader header = segment.header;
  header.source_port = segment.sockets.local.port;
  header.destination_port = segment.sockets.remote.port;
  const std::size_t header_size = wire::tcp_size(header);
  // RFC 3168 §6.1.2: of the two codepoints that say so, ECT(0) SHOULD be used.
  const auto ecn = segment.ecn_capable ? wire::EcnField::ect_0 : wire::EcnField::not_ect;
  const ip::Envelope envelope{segment.sockets.local.address,
                              segment.sockets.remote.address,
                              wire::protocol_tcp,
                              segment.hop_limit,
                              wire::with_ecn_field(segment.traffic_class, ecn),
                              segment.route ? &*segment.route : nullptr,
                              segment.whole};
  const MutableBytes place = ip.write_header(packet, envelope, header_size);
  wire::write_tcp(header, place);
  const auto length = static_cast<std::uint32_t>(header_size + packet.payload_size());
  const std::uint16_t sum =
      wire::pseudo_header_sum(envelope.source, envelope.destination, wire::protocol_tcp, length);  // MUST-2 (§3.1)
  store_be16(place.data() + wire::tcp_checksum_offset, sum);
  packet.checksum_partial = true;
  packet.checksum_start = static_cast<std::uint16_t>(packet.header().size() - header_size);
  packet.checksum_offset = wire::tcp_checksum_offset;
  packet.segment_size = segment.segment_size;
}

std::optional<Instant> Stack::poll_timeout() const {
  const auto ip = parts_->ip.poll_timeout();
  const auto tcp = parts_->tcp.poll_timeout();
  if (!ip || !tcp) return ip ? ip : tcp;
  return std::min(*ip, *tcp);
}

std::optional<Event> Stack::poll_event() { return parts_->tcp.poll_event(parts_->counters); }

// ---- Getters ----

const Counters& Stack::counters() const { return parts_->counters; }
const StackConfig& Stack::config() const { return parts_->config; }
tcp::State Stack::state_of(const FourTuple& sockets) const { return parts_->tcp.state_of(sockets); }
Population Stack::population() const { return parts_->tcp.population(); }

}  // namespace handwave
