// How a connection follows its path's MTU: as routers tell it (RFC 9293 §3.7.5, RFC 1191, RFC 8201), and by probing
// where they do not (RFC 4821). The search itself is PathMtuSearch.
#include <algorithm>

#include "stack/path_mtu_floor.hpp"
#include "stack/tcp/connection.hpp"

namespace handwave::tcp {
namespace {

/// §7.4: Tcprexmtthresh, the segments behind a probe by which its loss is found.
constexpr std::uint32_t following_segments = 3;

}  // namespace

void Connection::path_mtu_changed(Instant now, std::uint16_t path_mtu, const StackConfig& config) {
  // RFC 4821 §7.6.2: the message is about the probe, which is larger than anything else that was sent.
  if (const auto probe = flight().probe; probe && search_->too_big(path_mtu)) {
    recovery_.resend(probe->from, probe->to, flight());
    return arm_timers(now);
  }
  if (path_mtu >= path_mtu_) return;
  path_mtu_ = path_mtu;
  if (config.path_mtu_search) search_.emplace(now, path_mtu);
  if (syn_outstanding() || !outstanding()) return;
  timed_seq_.reset();
  recovery_.resend_all(flight());  // RFC 1191 §6.5: what was too big is lost, and no sign of congestion
  arm_timers(now);
}

/// §7.2: the greatest search_high: what the interface carries and the peer's MSS allows.
std::uint16_t Connection::largest_packet(const StackConfig& config) const {
  const auto allowed = static_cast<unsigned>(snd_.mss + wire::tcp_header_size + ip_header_size(sockets_));
  return static_cast<std::uint16_t>(std::min<unsigned>(config.mtu, allowed));
}

/// §4, §7.6.2: a round trip for each packet that the congestion window permits, about as often as congestion would be
/// met anyway.
Duration Connection::probe_headway() const {
  const std::uint32_t packets = std::max(1U, congestion_.window() / effective_mss());
  return rto_.smoothed().value_or(rto_.value()) * packets;
}

/// The size of the probe that should leave now, as far as all but cwnd is concerned (§7.4): no losses are outstanding,
/// there is text enough for it and for segments behind it that show its loss, and both windows are large enough.
std::optional<std::uint16_t> Connection::probe_wanted(Instant now, const StackConfig& config) {
  if (!search_ || syn_outstanding() || silent_until_ || snd_.up || retransmissions_ > 0) return std::nullopt;
  if (now - last_sent_ > rto_.value() || !recovery_.nothing_lost(flight())) return std::nullopt;
  const auto size = search_->next_size(now, largest_packet(config));
  if (!size) return std::nullopt;
  const auto needed = static_cast<std::int32_t>(mss_within(*size) + following_segments * effective_mss());
  const bool enough = text_end() - snd_.nxt >= needed && snd_.una + snd_.wnd - snd_.nxt >= needed &&
                      static_cast<std::int32_t>(congestion_.window()) >= needed;
  return enough ? size : std::nullopt;
}

/// §7.4: non-probes may wait until the returning ACKs have made room for the probe.
bool Connection::waits_for_probe(Instant now, const StackConfig& config) {
  return search_ && outstanding() && probe_wanted(now, config);
}

/// §10.1, non-overlapping: new text in one segment that is larger than the others.
bool Connection::send_path_mtu_probe(Instant now, OutgoingSegment& out, OutgoingPacket& packet, Context& context) {
  const auto size = probe_wanted(now, context.config);
  if (!size || congestion_room() < mss_within(*size)) return false;
  begin(now, out, snd_.nxt);
  say_ecn_capable(out);
  const Seq end = fill_text(out, packet, mss_within(*size));
  out.segment_size = 0;  // a device cuts it no smaller
  out.whole = true;      // nor does a router
  const MtuProbe probe{snd_.nxt, end};
  text_left(now, snd_.nxt, end, context);
  search_->sent(probe, *size);
  context.counters.add(Counter::tcp_path_mtu_probes);
  return true;
}

/// An acknowledgment was processed. §4: cwnd counts octets, and so an MTU that is raised raises no window.
void Connection::follow_path_mtu_search(Instant now, Context& context) {
  if (search_->acknowledged(now, snd_.una, snd_.nxt, probe_headway()))
    context.counters.add(Counter::tcp_path_mtu_probes_lost);
  path_mtu_ = search_->low();
  if (search_->over(largest_packet(context.config))) search_.reset();
}

/// The retransmission timer expired; `persistent` if R1 is reached: §7.7, a full-stop timeout. Unless a router told of
/// another reason, the path is taken to swallow large packets, and smaller ones are sent: first of the size that nearly
/// every path carries, and with each further timeout of half the size.
void Connection::path_mtu_timeout(Instant now, bool persistent, Context& context) {
  if (search_) {
    if (search_->timed_out(now, snd_.una, probe_headway())) context.counters.add(Counter::tcp_path_mtu_probes_lost);
    path_mtu_ = search_->low();
  }
  if (!persistent || told_reason_ || !context.config.path_mtu_search) return;
  const std::uint16_t floor = path_mtu_floor(sockets_.remote.address.family());
  const std::uint16_t base = std::max(floor, context.config.base_path_mtu);
  const std::uint16_t half = std::max(floor, static_cast<std::uint16_t>(path_mtu_ / 2));
  const std::uint16_t smaller = path_mtu_ > base ? base : half;
  if (smaller >= path_mtu_ || flight().size() <= mss_within(smaller)) return;
  path_mtu_ = smaller;
  search_.emplace(smaller);
  context.counters.add(Counter::tcp_path_mtu_black_holes);
}

}  // namespace handwave::tcp
