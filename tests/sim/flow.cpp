// One end of a connection as it can be seen from the wire alone.
#include "tests/sim/flow.hpp"

#include <algorithm>

namespace handwave::sim {
namespace {

/// RFC 7323 §2.3: a larger shift counts as this one.
constexpr std::uint8_t largest_scale = 14;

std::uint32_t window_of(const test::TcpPacket& packet, bool scales, std::optional<std::uint8_t> scale) {
  if (packet.has(test::SYN) || !scales) return packet.wnd;
  return std::uint32_t{packet.wnd} << std::min(*scale, largest_scale);
}

}  // namespace

void Arrived::begin(Seq irs) {
  begun_ = true;
  irs_ = irs;
  end_ = 0;
  later_.clear();
}

void Arrived::add(Seq seq, std::uint32_t length) {
  const std::int64_t from = static_cast<std::int64_t>(end_) + (seq - contiguous_end());
  const std::int64_t to = from + length;
  if (to <= static_cast<std::int64_t>(end_)) return;
  auto& slot = later_[static_cast<std::uint64_t>(std::max<std::int64_t>(from, 0))];
  slot = std::max(slot, static_cast<std::uint64_t>(to));
  while (!later_.empty() && later_.begin()->first <= end_) {
    end_ = std::max(end_, later_.begin()->second);
    later_.erase(later_.begin());
  }
}

void Flow::note_arrival(const test::TcpPacket& packet) {
  ++segments_arrived;
  if (packet.has(test::RST)) {
    ++resets_arrived;
    return;
  }
  const bool fresh = state == tcp::State::closed || state == tcp::State::listen || state == tcp::State::syn_sent ||
                     state == tcp::State::time_wait;
  if (packet.has(test::SYN) && (!arrived.begun() || (fresh && packet.seq != arrived.irs()))) {
    arrived.begin(packet.seq);
    scale_arrived = packet.window_scale;
    window_arrived = false;
  }
  if (!arrived.begun()) return;
  arrived.add(packet.seq, packet.sequence_length());
  if (!packet.has(test::ACK)) return;
  const Seq edge = packet.ack + window_of(packet, scales(), scale_arrived);
  right_edge_arrived = window_arrived ? later(right_edge_arrived, edge) : edge;
  window_arrived = true;
}

void Flow::note_sending(const test::TcpPacket& packet) {
  ++segments_sent;
  text_sent += packet.text.size();
  if (packet.has(test::RST)) {
    ++resets_sent;
    return;
  }
  if (packet.has(test::SYN) && (!syn_sent || packet.seq != iss)) {
    syn_sent = true;
    iss = snd_max = packet.seq;
    scale_sent = packet.window_scale;
    ack_sent = false;
    right_edge_arrived = iss + 1;
  }
  if (packet.has(test::SYN) && packet.has(test::ACK)) scale_sent = packet.window_scale;
  snd_max = later(snd_max, packet.end());
  if (!packet.has(test::ACK)) return;
  if (packet.sequence_length() == 0) ++pure_acks_sent;
  const Seq edge = packet.ack + window_of(packet, scales(), scale_sent);
  right_edge_sent = ack_sent ? later(right_edge_sent, edge) : edge;
  last_ack_sent = ack_sent ? later(last_ack_sent, packet.ack) : packet.ack;
  ack_sent = true;
}

}  // namespace handwave::sim
