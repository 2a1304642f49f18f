// What a stack tells whoever drives it: names of connections, events, and the answer to STATUS (RFC 9293 §3.9.1,
// §3.10.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>

#include "stack/address.hpp"
#include "stack/tcp/state.hpp"
#include "stack/time.hpp"

namespace handwave {

/// Names a connection for as long as it lives; a name is never used again, so a stale one is recognised.
struct ConnectionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< 0 names nothing
  friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// Names a listener, likewise.
struct ListenerId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const ListenerId&, const ListenerId&) = default;
};

/// What happened to one connection or listener since its last event. Several things may have happened at once.
struct Event {
  ListenerId listener;      ///< set if `acceptable`
  ConnectionId connection;  ///< set otherwise

  bool acceptable = false;        ///< accept() has a connection
  bool established = false;       ///< an active OPEN succeeded
  bool readable = false;          ///< receive() has octets
  bool writable = false;          ///< send() has room again after it said would_block or took less than it was given
  bool peer_closed = false;       ///< "connection closing": the peer's FIN, after the last octet (MUST-12)
  bool urgent = false;            ///< MUST-32: urgent data begins, or its end moved ahead
  bool all_acknowledged = false;  ///< after CLOSE: the peer has acknowledged everything, our FIN too
  std::error_code notice;         ///< MUST-47: a soft error (ICMP, or R1 reached); the connection goes on
  bool closed = false;            ///< the connection is gone, and with this event its name
  std::error_code error;          ///< why it is gone; none after a normal close
};

/// What the STATUS call tells (RFC 9293 §3.10.6).
struct Status {
  FourTuple sockets;
  tcp::State state = tcp::State::closed;
  std::uint32_t receive_window = 0;           ///< RCV.WND
  std::uint32_t send_window = 0;              ///< SND.WND
  std::size_t awaiting_acknowledgment = 0;    ///< octets sent or waiting to be sent, not acknowledged
  std::size_t pending_receipt = 0;            ///< octets received and not yet read
  std::size_t urgent_pending = 0;             ///< MUST-33: urgent octets not yet read
  std::uint32_t congestion_window = 0;        ///< cwnd, octets
  std::uint32_t slow_start_threshold = 0;     ///< ssthresh, octets
  std::optional<Duration> smoothed_rtt;       ///< SRTT
  Duration retransmission_timeout{};          ///< RTO
  std::optional<Duration> user_timeout;       ///< R2 as a time, as it is now
  std::optional<Duration> peer_user_timeout;  ///< what the peer last said of its own (RFC 5482)
  std::uint16_t effective_mss = 0;            ///< Eff.snd.MSS, octets of text a segment
  bool ecn = false;                           ///< agreed on: what is sent may be marked instead of dropped (RFC 3168)
};

/// What CLOSE gives up.
enum class CloseKind : std::uint8_t {
  sending,  ///< the RFC's CLOSE: "I have no more to send"; receive() goes on until the peer closes too
  both,     ///< MAY-1, half-duplex: nothing will be read either; unread or new data answers with RST (SHLD-3)
};

/// How many connections there are: with a ConnectionId, half-open, in TIME-WAIT.
struct Population {
  std::size_t connections = 0;
  std::size_t half_open = 0;
  std::size_t time_wait = 0;
};

}  // namespace handwave
