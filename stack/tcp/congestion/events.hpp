// What happens to a flight, as far as congestion control is concerned.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// New text was acknowledged, outside of any recovery. All sizes are in octets.
struct Progress {
  Instant now;
  std::uint32_t octets = 0;     ///< newly acknowledged
  std::uint32_t in_flight = 0;  ///< outstanding before
  std::uint32_t smss = 0;
  std::uint32_t window = 0;       ///< cwnd
  std::optional<Duration> srtt;   ///< SRTT (RFC 6298)
  std::optional<Duration> rtt{};  ///< what this acknowledgment measured, if anything
  Seq una;                        ///< SND.UNA, behind what was acknowledged
  Seq nxt;                        ///< SND.NXT
};

/// Something was lost, or the network says otherwise that it is full.
struct Congestion {
  enum class Sign : std::uint8_t { loss, timeout, ecn };

  Sign sign = Sign::loss;
  std::uint32_t flight = 0;  ///< FlightSize (RFC 5681 §2)
  std::uint32_t window = 0;  ///< cwnd
  std::uint32_t smss = 0;
  Seq una{};                       ///< SND.UNA
  Seq nxt{};                       ///< SND.NXT
  std::uint32_t acknowledged = 0;  ///< by the ACK that tells of it, which has grown cwnd by as much at most
  bool again = false;  ///< what was sent again is lost, too: another congestion, whatever the window (RFC 5681 §4.3)
};

}  // namespace handwave::tcp
