#include "tests/sim/path.hpp"

#include <algorithm>
#include <utility>

#include "stack/wire/ecn.hpp"
#include "stack/wire/segmentation.hpp"
#include "tun/deadline.hpp"

namespace handwave::sim {

void Path::send(Instant now, Bytes packet) {
  PacketOnPath travelling{{packet.begin(), packet.end()}, false};
  if (passes_routers(now, travelling.octets)) impaired_.push(now, std::move(travelling));
}

bool Path::passes_routers(Instant now, MutableBytes packet) {
  bool mark = false;
  if (options.loses || options.marks) {
    const test::ReadPacket read_packet = test::read(packet);
    if (const auto* segment = std::get_if<test::TcpPacket>(&read_packet)) {
      if (options.loses && options.loses(*segment)) return false;
      mark = options.marks && options.marks(*segment);
    }
  }
  if (policer && !policer->lets_through(now, packet.size())) {
    ++routers_.policed;
    return false;
  }
  if (bursts && bursts->loses()) {
    ++routers_.lost_in_bursts;
    return false;
  }
  if (red && red->chooses(now, impaired_.queue())) {
    // RFC 3168 §5: CE instead of the loss of an ECN-capable packet; of any other the loss.
    mark = red->marks() && wire::ecn_field_of(packet) != wire::EcnField::not_ect;
    if (!mark) {
      ++routers_.early;
      return false;
    }
  }
  if (mark) {
    wire::set_ecn_field(packet, wire::EcnField::ce);
    ++routers_.marked;
  }
  return true;
}

void Path::send_whole(Instant now, const OutgoingPacket& packet) {
  Block block = Block::allocate(packet.size());
  std::uint8_t* end = std::ranges::copy(packet.header(), block.data()).out;
  for (const Bytes slice : packet.payload()) end = std::ranges::copy(slice, end).out;
  WholePacket whole;
  whole.packet.bytes = Slice(std::move(block), 0, packet.size());
  whole.packet.checksum_verified = true;
  whole.packet.segment_size = packet.segment_size;
  std::vector<std::uint8_t> octets;
  for (wire::Segmentation segments(packet); segments.next(octets);) {
    const test::ReadPacket segment = test::read(octets);
    if (const auto* tcp = std::get_if<test::TcpPacket>(&segment)) whole.segments.push_back(*tcp);
  }
  whole_.emplace(now + options.impairment.delay, std::move(whole));
}

std::optional<PacketOnPath> Path::pop(Instant now) {
  if (now < options.stalled_until) return std::nullopt;
  return impaired_.pop(now);
}

std::optional<WholePacket> Path::pop_whole(Instant now) {
  if (whole_.empty() || whole_.begin()->first > now) return std::nullopt;
  WholePacket whole = std::move(whole_.begin()->second);
  whole_.erase(whole_.begin());
  return whole;
}

std::optional<Instant> Path::next() const {
  std::optional<Instant> arrival = impaired_.next();
  if (arrival) *arrival = std::max(*arrival, options.stalled_until);
  return whole_.empty() ? arrival : earlier(arrival, whole_.begin()->first);
}

}  // namespace handwave::sim
