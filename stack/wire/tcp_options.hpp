// TCP options: RFC 9293 §3.2; window scale and timestamps, RFC 7323; selective acknowledgment, RFC 2018; user timeout,
// RFC 5482.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "stack/bytes.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::wire {

/// Octets the options may fill: the data offset counts 15 words at most, 5 of which are the fixed header.
inline constexpr std::size_t max_tcp_options_size = 40;

/// TSval and TSecr of RFC 7323 §3.2.
struct Timestamps {
  std::uint32_t value = 0;
  std::uint32_t echo_reply = 0;
  friend bool operator==(const Timestamps&, const Timestamps&) = default;
};

/// One block of RFC 2018 §3: the octets from `left` up to, not including, `right` have arrived.
struct SackBlock {
  Seq left;
  Seq right;
  friend bool operator==(const SackBlock&, const SackBlock&) = default;
};

/// The options of one segment. A value: what is absent was not there.
struct TcpOptions {
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;  ///< as received, perhaps above 14; RFC 7323 §2.3 says to use 14 then
  bool sack_permitted = false;
  std::optional<Timestamps> timestamps;
  std::optional<std::uint16_t> user_timeout;  ///< as it stands in the option, G first (RFC 5482 §3.3)
  std::array<SackBlock, 4> sack_blocks{};     ///< the first `sack_count` of them
  std::uint8_t sack_count = 0;
  bool illegal_length = false;  ///< an option's length was impossible; it and what followed it was not read (MUST-7)

  friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};

/// Reads the options of a segment, at whatever alignment (MUST-64); unknown kinds are skipped by length (MUST-6). An
/// option of ours with a length other than its own is skipped as an unknown one would be. Never fails: see
/// `illegal_length`.
TcpOptions parse_tcp_options(Bytes octets);

/// Octets that `options` take when written, padding to a whole word included. SACK blocks that no longer fit are left
/// out.
std::size_t tcp_options_size(const TcpOptions& options);

/// Writes `options` into `to`, which has `tcp_options_size(options)` octets. Timestamps alone take the layout that
/// RFC 7323 Appendix A recommends (NOP, NOP, timestamps), so that peers find them at a fixed place.
void write_tcp_options(const TcpOptions& options, MutableBytes to);

}  // namespace handwave::wire
