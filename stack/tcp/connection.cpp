#include "stack/tcp/connection.hpp"

#include <algorithm>

#include "stack/expects.hpp"
#include "stack/tcp/timestamp_clock.hpp"

namespace handwave::tcp {
namespace {

/// An MSS below that of any real network would only make us send a packet for every few octets, or none at all once the
/// options are taken off.
constexpr std::uint16_t smallest_mss = 64;

constexpr std::uint16_t timestamps_size = 12;  ///< with the padding of RFC 7323 Appendix A

/// RFC 7323 §2.3: the smallest shift that lets the window field offer all of `buffer`.
std::uint8_t scale_for(std::size_t buffer) {
  std::uint8_t scale = 0;
  while (scale < 14 && (buffer >> scale) > 65535) ++scale;
  return scale;
}

}  // namespace

static_assert(sizeof(Connection) < 1024, "an idle connection costs less than a KiB");

std::uint16_t default_mss(const FourTuple& sockets) { return sockets.remote.address.is_v4() ? 536 : 1220; }

std::uint16_t announced_mss(const FourTuple& sockets, std::uint16_t mtu) {
  return static_cast<std::uint16_t>(mtu - ip_header_size(sockets) - wire::tcp_header_size);
}

std::uint8_t announced_scale(const ConnectionOptions& options) { return scale_for(options.receive_buffer.limit); }

Connection::Connection(Instant now, const Opening& opening, std::optional<Duration> connect_timeout, Context& context)
    : sockets_(opening.sockets),
      path_mtu_(opening.path_mtu),
      local_mss_(announced_mss(opening.sockets, context.config.mtu)),
      unacknowledged_since_(now),
      give_up_after_(connect_timeout),
      rto_(context.config.minimum_rto),
      window_(opening.options.receive_buffer.initial),
      send_buffer_(opening.options.send_buffer.initial),
      ecn_(opening.options.ecn),
      recovery_(opening.iss),
      reassembly_(context.config.max_out_of_order),
      options_(opening.options),
      route_(opening.route) {
  // §3.10.1: SND.UNA to ISS, SND.NXT to ISS+1, enter SYN-SENT.
  snd_.iss = snd_.una = opening.iss;
  snd_.nxt = opening.iss + 1;
  snd_.mss = default_mss(sockets_);
  rcv_.scale = announced_scale(options_);
  sack_permitted_ = context.config.selective_acknowledgment;
  // Another connection has heard of a narrow path (RFC 1191 §6.3), which may become wider while this one lives.
  if (context.config.path_mtu_search && path_mtu_ < context.config.mtu) search_.emplace(now, path_mtu_);
  ts_.enabled = true;
  ts_.offset = opening.timestamp_offset;
  syn_due_ = true;
  keep_alive_.heard(now, keep_alive());
  user_timeout_due_ = options_.user_timeout_option.enabled;
  enter(State::syn_sent);
  start_retransmission_timer(now);
}

Connection::Connection(Instant now, const Opening& opening, const HalfOpen& half_open, Context& context)
    : Connection(now, opening, opening.options.user_timeout, context) {
  syn_due_ = false;
  passive_ = true;
  state_ = State::syn_received;  // entered when the SYN cache took the SYN
  rcv_.irs = half_open.irs;
  rcv_.nxt = half_open.irs + 1;
  snd_.wnd = snd_.max_wnd = half_open.wnd;
  snd_.wl1 = half_open.irs;
  snd_.wl2 = half_open.iss;
  snd_.mss = std::max(half_open.peer_mss, smallest_mss);
  window_scaling_ = half_open.peer_window_scale >= 0;
  snd_.scale = window_scaling_ ? static_cast<std::uint8_t>(half_open.peer_window_scale) : 0;
  if (!window_scaling_) rcv_.scale = 0;
  ecn_ = half_open.ecn;
  sack_permitted_ = half_open.sack_permitted;
  if (sack_permitted_) recovery_.use_sack();
  ts_.enabled = half_open.timestamps;
  ts_.recent = half_open.ts_recent;
  ts_.recent_at = now;
  ts_.last_ack_sent = rcv_.nxt;
  window_.offer(rcv_.nxt, 0, receive_mss(), 0);  // the SYN,ACK did
  retransmissions_ = half_open.retransmissions;
  if (retransmissions_ == 0 && !half_open.from_cookie) {  // TSecr tells the RTT of a cookie, if there is one
    timed_seq_ = snd_.nxt;
    timed_at_ = half_open.sent_at;
  }
}

void Connection::learn_from_syn(Instant now, const Segment& seg) {
  rcv_.irs = seg.seq;
  rcv_.nxt = seg.seq + 1;
  snd_.wnd = snd_.max_wnd = seg.wnd;  // RFC 7323 §2.2: not scaled on a SYN
  snd_.wl1 = seg.seq;
  snd_.wl2 = seg.ack;
  ecn_.syn_arrives(seg.flags);
  if (seg.options.mss) snd_.mss = std::max(*seg.options.mss, smallest_mss);
  window_scaling_ = seg.options.window_scale.has_value();
  snd_.scale = window_scaling_ ? std::min<std::uint8_t>(*seg.options.window_scale, 14) : 0;
  if (!window_scaling_) rcv_.scale = 0;
  sack_permitted_ = sack_permitted_ && seg.options.sack_permitted;
  if (sack_permitted_) recovery_.use_sack();
  ts_.enabled = seg.options.timestamps.has_value();
  if (ts_.enabled) ts_.recent = seg.options.timestamps->value;
  ts_.recent_at = now;
  ts_.last_ack_sent = rcv_.nxt;
  window_.offer(rcv_.nxt, 0, receive_mss(), 0);  // what our SYN offered: 16 bits, not scaled
}

/// Our SYN was acknowledged and the peer's is known.
void Connection::establish(Instant now) {
  enter(State::established);
  congestion_ = CongestionControl(options_.congestion_avoidance, effective_mss(), snd_.nxt);
  if (retransmissions_ > 0) {
    congestion_.syn_was_lost(effective_mss());
    rto_.syn_was_retransmitted();
  }
  receive_tuning_.begin(now, rcv_.nxt);
  retransmissions_ = 0;
  told_r1_ = false;
  syn_due_ = false;
  user_timeout_due_ = options_.user_timeout_option.enabled;  // RFC 5482 §3: in the first packet without SYN, too
  adopt_user_timeout(now);
  unacknowledged_since_ = last_sent_ = now;
  if (!passive_) event_.established = true;
  if (closing_) enter(State::fin_wait_1);  // a CLOSE in SYN-RECEIVED waited behind queued SENDs
}

void Connection::enter(State next) {
  expects(may_enter(state_, next), "a transition of Figure 5");
  state_ = next;
  if (!gone()) return;
  retransmit_at_.reset();
  override_at_.reset();
  orphan_at_.reset();
  persist_.stop();
  send_queue_.clear();
  reassembly_.clear();
}

/// The connection is over for good: reset, refused, timed out, or closed so that nothing can be read any more.
void Connection::finish(std::error_code why) {
  enter(State::closed);
  receive_queue_.clear();
  reading_done_ = true;
  event_.error = why;
}

std::uint32_t Connection::mss_within(std::uint16_t packet) const {
  // MUST-16: Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize. MMS_S is what the path's MTU leaves.
  const auto mms_s = static_cast<std::uint16_t>(packet - ip_header_size(sockets_));
  const std::uint16_t options_size = ts_.enabled ? timestamps_size : 0;
  const auto largest = static_cast<std::uint16_t>(std::min<unsigned>(snd_.mss + 20U, mms_s));
  const std::uint32_t ip_options_size = route_ ? route_->option_size() : 0;
  return largest - static_cast<std::uint32_t>(wire::tcp_header_size) - options_size - ip_options_size;
}

std::uint32_t Connection::receive_mss() const {
  return std::uint32_t{local_mss_} - (ts_.enabled ? timestamps_size : 0);
}

std::uint32_t Connection::scaled_window(const Segment& seg) const {
  return seg.flags.syn ? seg.wnd : std::uint32_t{seg.wnd} << snd_.scale;
}

wire::Timestamps Connection::timestamps(Instant now) const {
  return {TimestampClock::ticks(now) + ts_.offset, ts_.recent};
}

bool Connection::anything_happened() const {
  return event_.established || event_.readable || event_.writable || event_.peer_closed || event_.urgent ||
         event_.all_acknowledged || event_.notice || event_.closed;
}

TimeWaitEntry Connection::time_wait_entry() const {
  TimeWaitEntry entry;
  entry.sockets = sockets_;
  entry.snd_nxt = snd_.nxt;
  entry.rcv_nxt = rcv_.nxt;
  entry.rcv_wnd = rcv_wnd();
  entry.rcv_scale = rcv_.scale;
  entry.timestamps = ts_.enabled;
  entry.ts_recent = ts_.recent;
  entry.ts_offset = ts_.offset;
  entry.hop_limit = options_.hop_limit;
  entry.traffic_class = options_.traffic_class;
  entry.route = route_;
  entry.challenge_acks = challenges_;
  return entry;
}

}  // namespace handwave::tcp
