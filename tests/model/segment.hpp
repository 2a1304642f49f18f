// "Current segment variables", RFC 9293 §3.3.1, as the model reads them off the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tests/model/numbers.hpp"

namespace handwave::model {

/// RFC 7323 §3.2
struct Timestamps {
  std::uint32_t value = 0;       ///< TSval
  std::uint32_t echo_reply = 0;  ///< TSecr
};

struct Segment {
  Number seq = 0;          ///< SEG.SEQ
  Number ack = 0;          ///< SEG.ACK
  std::uint32_t wnd = 0;   ///< SEG.WND, as it stands in the header
  std::uint32_t text = 0;  ///< octets of text; which ones follows from their numbers
  bool syn = false;
  bool fin = false;
  bool rst = false;
  bool has_ack = false;
  bool urg = false;
  std::optional<Timestamps> timestamps;
  std::optional<std::uint8_t> window_scale;

  /// SEG.LEN
  [[nodiscard]] std::uint32_t len() const { return text + (syn ? 1 : 0) + (fin ? 1 : 0); }
  /// The number behind its last one.
  [[nodiscard]] Number end() const { return seq + len(); }
};

/// Reads a TCP header with its options and counts the text. The segment is whole and its checksum right.
Segment parse(std::span<const std::uint8_t> octets);

}  // namespace handwave::model
