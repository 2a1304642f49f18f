// What the RFC says is to be done about one segment.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/model/numbers.hpp"

namespace handwave::model {

/// How a segment is answered.
enum class Reply : std::uint8_t {
  nothing,    ///< it is dropped silently: nothing leaves
  any,        ///< whatever may leave now may leave: text, an ACK now or later, or nothing
  ack_later,  ///< it brought text in order: an ACK leaves within half a second (MUST-40)
  ack,        ///< an ACK leaves now
  challenge,  ///< an ACK leaves now, but no more of them than RFC 5961 §7 allows
  syn_ack,    ///< a SYN,ACK leaves now
  reset,      ///< a RST leaves now, with the numbers beside it
};

/// Why a segment, or what it brought, was not taken.
enum class Reason : std::uint8_t {
  none,
  no_connection,     ///< §3.10.7.1, and an ACK in LISTEN
  rst_ignored,       ///< a RST outside the window, or where none counts
  rst_in_window,     ///< RFC 5961 §3
  reset,             ///< a RST that ends the connection
  unacceptable,      ///< Table 6
  old_timestamp,     ///< PAWS, RFC 7323 §5.3 R1
  no_timestamp,      ///< RFC 7323 §3.2
  syn_challenged,    ///< RFC 5961 §4
  no_ack,            ///< no ACK bit, or no SYN bit where one is waited for
  ack_unacceptable,  ///< §3.10.7.3 first, §3.10.7.4 fifth
  text_after_fin,
};

/// What the user is told.
enum class Signal : std::uint8_t { nothing, closing, reset, refused };

struct Decision {
  Reply reply = Reply::any;
  Reason reason = Reason::none;
  Signal signal = Signal::nothing;
  Number reset_seq = 0;
  std::optional<Number> reset_ack = {};  ///< of a RST,ACK
};

}  // namespace handwave::model
