#include "stack/tcp/syn_cookie.hpp"

#include <array>

#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {
namespace {

/// The smallest is the smallest that is ever used; 536 and 1220 are what a SYN without an MSS stands for (MUST-15);
/// then the ones of tunnels, PPPoE and Ethernet over both families, and of 9000-octet frames.
constexpr std::array<std::uint16_t, 8> mss_table = {64, 536, 1220, 1360, 1440, 1452, 1460, 8940};

constexpr std::uint32_t scale_bits = 0x0f;
constexpr std::uint32_t sack_bit = 0x10;
constexpr std::uint32_t option_bits = 0x3f;

/// The largest of the table that the peer takes.
std::uint32_t index_of(std::uint16_t mss) {
  std::uint32_t index = mss_table.size() - 1;
  while (index > 0 && mss_table[index] > mss) --index;
  return index;
}

std::uint32_t options_of(const HalfOpen& syn) {
  const std::uint32_t scale =
      syn.peer_window_scale < 0 ? scale_bits : static_cast<std::uint32_t>(syn.peer_window_scale);
  return scale | (syn.sack_permitted ? sack_bit : 0);
}

std::uint32_t period_of(Instant now) { return static_cast<std::uint32_t>(now.time_since_epoch() / SynCookies::period); }

}  // namespace

SynCookies::Cookie SynCookies::make(Instant now, const HalfOpen& syn, std::uint32_t clock) {
  last_sent_ = now;
  Cookie cookie;
  // The latest tick up to now whose lowest bits are the options.
  if (syn.timestamps) cookie.tsval = clock - ((clock - options_of(syn)) & option_bits);
  cookie.iss = number(syn, period_of(now), index_of(syn.peer_mss), cookie.tsval);
  return cookie;
}

std::optional<HalfOpen> SynCookies::read(Instant now, const Segment& seg) const {
  // An ACK that completes a handshake has neither of the others; no RST,ACK is taken for one.
  if (!sent_recently(now) || !seg.flags.ack || seg.flags.rst || seg.flags.syn) return std::nullopt;
  HalfOpen syn;
  syn.sockets = seg.sockets;
  syn.irs = seg.seq - 1;
  syn.iss = seg.ack - 1;
  syn.timestamps = seg.options.timestamps.has_value();
  const std::uint32_t echoed = syn.timestamps ? seg.options.timestamps->echo_reply : 0;
  const std::uint32_t mss = syn.iss.value() >> 28 & 7;
  std::uint32_t when = period_of(now);
  if ((when & 1) != syn.iss.value() >> 31) --when;
  if (number(syn, when, mss, echoed) != syn.iss) return std::nullopt;
  syn.from_cookie = true;
  syn.peer_mss = mss_table[mss];
  syn.wnd = seg.wnd;
  syn.return_route = seg.return_route;
  if (!syn.timestamps) return syn;  // there was no room for the other options
  syn.ts_recent = seg.options.timestamps->value;
  syn.sack_permitted = (echoed & sack_bit) != 0;
  if ((echoed & scale_bits) != scale_bits) syn.peer_window_scale = static_cast<std::int8_t>(echoed & scale_bits);
  return syn;
}

Seq SynCookies::number(const HalfOpen& syn, std::uint32_t when, std::uint32_t mss, std::uint32_t tsval) const {
  std::array<std::uint8_t, 14> rest;
  store_be32(rest.data(), syn.irs.value());
  store_be32(rest.data() + 4, when);
  store_be32(rest.data() + 8, tsval);
  rest[12] = static_cast<std::uint8_t>(mss);
  rest[13] = syn.timestamps ? 1 : 0;
  const auto hash = static_cast<std::uint32_t>(tuple_hash(key_, syn.sockets, rest));
  return Seq{(when & 1) << 31 | mss << 28 | hash >> 4};
}

}  // namespace handwave::tcp
