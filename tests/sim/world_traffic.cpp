// How packets move through a world: from a host into a path, out of it into another, and a router's errors back.
#include <algorithm>
#include <utility>

#include "stack/wire/segmentation.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/icmp_packet.hpp"

namespace handwave::sim {
namespace {

const IpAddress router_v4 = IpAddress::v4(192, 0, 2, 254);

IpAddress router_v6() { return *IpAddress::parse("2001:db8::fe"); }

IpAddress destination_of(Bytes packet) {
  return packet[0] >> 4 == 4 ? IpAddress::from_octets(packet.subspan(16, 4))
                             : IpAddress::from_octets(packet.subspan(24, 16));
}

}  // namespace

void World::deliver_what_is_due() {
  for (const auto& path : paths_) {
    while (auto packet = path->pop(now_)) deliver(*path->to, *packet);
    while (auto whole = path->pop_whole(now_)) deliver(*path->to, std::move(*whole));
  }
  while (!icmp_.empty() && icmp_.begin()->first <= now_) {
    auto [to, octets] = std::move(icmp_.begin()->second);
    icmp_.erase(icmp_.begin());
    ladder_.note(now_, "         router ──▶ " + to->name() + "  ICMP: too big");
    if (!to->vanished_) to->stack_.receive(to->now(), Bytes{octets});
  }
}

void World::note_arrival(Node& to, const test::TcpPacket& segment) {
  Flow& flow = to.touch(FourTuple{segment.source, segment.destination}.reversed());
  flow.note_arrival(segment);
  flow.last_arrival = now_;
  ladder_.arrived(now_, to.name(), segment, flow.arrived.irs(), flow.iss);
}

void World::deliver(Node& to, const PacketOnPath& packet) {
  if (to.vanished_) return;
  const test::ReadPacket read_packet = test::read(packet.octets);
  if (const auto* segment = std::get_if<test::TcpPacket>(&read_packet))
    note_arrival(to, *segment);
  else
    ladder_.note(now_, "         ──▶ " + to.name() + "  a damaged packet");
  to.stack_.receive(to.now(), Bytes{packet.octets});
}

void World::deliver(Node& to, WholePacket whole) {
  if (to.vanished_) return;
  for (const test::TcpPacket& segment : whole.segments) note_arrival(to, segment);
  to.stack_.receive(to.now(), std::move(whole.packet));
}

void World::turn(Node& node) {
  const Instant now = node.now();
  node.stack_.handle_timeout(now);
  node.pass_events();
  if (node.application_) node.application_->handle_timeout(now);
  for (bool busy = true; busy;) {
    busy = node.pass_events();
    busy = transmit(node) || busy;
  }
  check_after_turn(node);
}

bool World::transmit(Node& node) {
  bool any = false;
  std::vector<std::uint8_t> octets;
  while (const OutgoingPacket* packet = node.stack_.poll_transmit(node.now())) {
    any = true;
    wire::Segmentation segments(*packet);
    Path* whole = nullptr;
    while (segments.next(octets)) {
      ++packets_;
      watch(node, octets);
      Path* path = route(node, octets);
      if (path == nullptr) continue;
      if (path->options.super_segments)
        whole = path;
      else if (octets.size() > path->options.mtu)
        refuse_as_too_big(*path, octets);
      else
        path->send(now_, octets);
    }
    if (whole != nullptr) whole->send_whole(now_, *packet);
  }
  return any;
}

Path* World::route(const Node& from, Bytes packet) {
  const IpAddress destination = destination_of(packet);
  for (const auto& path : paths_)
    if (path->from == &from && (path->to->v4() == destination || path->to->v6() == destination)) return path.get();
  return nullptr;
}

void World::refuse_as_too_big(Path& path, Bytes packet) {
  const bool v4 = packet[0] >> 4 == 4;
  ladder_.note(now_, "router: " + std::to_string(packet.size()) + " octets are too big");
  if (path.options.swallows) return path.swallow();
  const auto mtu = static_cast<std::uint32_t>(path.options.mtu);
  auto error = v4 ? test::build_icmp_error(router_v4, path.from->v4(), 3, 4, mtu, packet, 8)
                  : test::build_icmp_error(router_v6(), path.from->v6(), 2, 0, mtu, packet, 1200);
  icmp_.emplace(now_ + path.options.impairment.delay, std::pair{path.from, std::move(error)});
}

}  // namespace handwave::sim
