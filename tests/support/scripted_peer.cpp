// The other end of a connection, played by hand.
#include "tests/support/scripted_peer.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/support/icmp_packet.hpp"

namespace handwave::test {

ScriptedPeer::ScriptedPeer(Host& host, const FourTuple& sockets, Seq isn)
    : host_(&host), sockets_(sockets), isn_(isn), next_(isn), begin_(host.now()) {
  host.numbers_begin(sockets.remote, host_isn_, isn_);
}

std::uint32_t ScriptedPeer::timestamp() const {
  return static_cast<std::uint32_t>(1'000'000 + (host_->now() - begin_) / std::chrono::milliseconds{1});
}

TcpPacket ScriptedPeer::complete(const Segment& segment) const {
  TcpPacket packet;
  packet.source = sockets_.remote;
  packet.destination = sockets_.local;
  packet.flags = segment.flags_;
  packet.seq = segment.seq_ ? isn_ + static_cast<std::uint32_t>(*segment.seq_) : next_;
  if (segment.ack_)
    packet.ack = host_isn_ + static_cast<std::uint32_t>(*segment.ack_);
  else if (packet.has(ACK))
    packet.ack = acknowledges_;
  packet.wnd = segment.wnd_.value_or(wnd_);
  packet.urgent_pointer = segment.up_.value_or(0);
  packet.mss = segment.mss_.value();
  packet.window_scale = segment.window_scale_.value();
  packet.sack_permitted = segment.sack_permitted_.value().value_or(false);
  packet.timestamps = segment.timestamps_.value();
  if (!segment.timestamps_.said() && offered_timestamps_ && host_offered_timestamps_ && !packet.has(RST) &&
      segment.raw_options_.empty())
    packet.timestamps = {timestamp(), timestamp_to_echo_};
  if (segment.sack_.value())
    for (const auto& [left, right] : *segment.sack_.value())
      packet.sack.emplace_back(host_isn_ + static_cast<std::uint32_t>(left),
                               host_isn_ + static_cast<std::uint32_t>(right));
  packet.raw_options = segment.raw_options_;
  packet.ip_options = segment.ip_options_;
  const std::uint32_t text_at = packet.seq.value() - isn_.value() - (packet.has(SYN) ? 0U : 1U);
  packet.text = segment.text_ ? *segment.text_ : pattern_text(text_at, segment.text_size_);
  packet.hop_limit = segment.hop_limit_.value_or(64);
  packet.traffic_class = segment.traffic_class_.value_or(0);
  packet.wrong_checksum = segment.wrong_checksum_;
  return packet;
}

std::vector<std::uint8_t> ScriptedPeer::prepare(const Segment& segment) {
  const TcpPacket packet = complete(segment);
  host_->transcript().add(host_->now(), "peer -> stack  " + describe(packet, isn_, host_isn_));
  if (packet.has(SYN)) offered_timestamps_ = packet.timestamps.has_value();
  if (!segment.seq_) next_ = packet.end();
  return build(packet);
}

void ScriptedPeer::sends(const Segment& segment) { host_->arrives(prepare(segment)); }

void ScriptedPeer::sends_together(const std::vector<Segment>& segments) {
  std::vector<std::vector<std::uint8_t>> packets;
  packets.reserve(segments.size());
  for (const Segment& segment : segments) packets.push_back(prepare(segment));
  host_->arrives_together(packets);
}

void ScriptedPeer::sends_icmp_error(std::uint8_t type, std::uint8_t code, const TcpPacket& quoted, std::uint32_t mtu,
                                    std::size_t quoted_octets) {
  host_->transcript().add(host_->now(), "network -> stack  ICMP error " + std::to_string(type) + "/" +
                                            std::to_string(code) + " quoting line " + std::to_string(quoted.number));
  host_->arrives(build_icmp_error(sockets_.remote.address, sockets_.local.address, type, code, mtu,
                                  host_->octets_of(quoted), quoted_octets));
}

void ScriptedPeer::sends_too_big(const TcpPacket& quoted, std::uint16_t mtu) {
  if (sockets_.local.address.is_v4())
    sends_icmp_error(3, 4, quoted, mtu);
  else
    sends_icmp_error(2, 0, quoted, mtu, 1200);
}

std::optional<TcpPacket> ScriptedPeer::next_answer() {
  auto& answers = host_->answers();
  const auto found = std::ranges::find_if(answers, [&](const TcpPacket& packet) {
    return packet.source == sockets_.local && packet.destination == sockets_.remote;
  });
  if (found == answers.end()) return std::nullopt;
  TcpPacket packet = std::move(*found);
  answers.erase(found);
  return packet;
}

TcpPacket ScriptedPeer::take_next(const std::string& wanted) {
  std::optional<TcpPacket> packet = next_answer();
  if (!packet) FAIL("the stack sent nothing where " << wanted << " was expected");
  return *std::move(packet);
}

void ScriptedPeer::learn_from(const TcpPacket& packet) {
  if (packet.has(SYN) && (!host_isn_known_ || packet.seq != host_isn_)) {
    host_isn_ = acknowledges_ = packet.seq;
    host_isn_known_ = true;
  }
  if (packet.has(SYN)) host_offered_timestamps_ = packet.timestamps.has_value();
  if (packet.timestamps) timestamp_to_echo_ = packet.timestamps->first;
  if (!packet.has(RST) && packet.seq <= acknowledges_ && acknowledges_ < packet.end()) acknowledges_ = packet.end();
}

TcpPacket ScriptedPeer::expects(const Segment& segment) {
  TcpPacket packet = take_next(segment.to_string());
  if (packet.has(SYN)) learn_from(packet);
  if (const auto difference = segment.difference(packet, host_isn_, isn_))
    FAIL("expected " << segment.to_string() << "\nbut line " << packet.number << " is "
                     << describe(packet, host_isn_, isn_) << "\n"
                     << *difference);
  learn_from(packet);
  SUCCEED();
  return packet;
}

TcpPacket ScriptedPeer::expects_any() {
  TcpPacket packet = take_next("any segment");
  learn_from(packet);
  SUCCEED();
  return packet;
}

void ScriptedPeer::expects_nothing() {
  if (const auto packet = next_answer())
    FAIL("expected nothing, but line " << packet->number << " is " << describe(*packet, host_isn_, isn_));
  SUCCEED();
}

std::vector<TcpPacket> ScriptedPeer::ignores_answers() {
  std::vector<TcpPacket> packets;
  while (auto packet = next_answer()) {
    learn_from(*packet);
    packets.push_back(*std::move(packet));
  }
  return packets;
}

}  // namespace handwave::test
