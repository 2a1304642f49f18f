// What a recovery sees of its connection, and what it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stack/time.hpp"
#include "stack/wire/seq.hpp"
#include "stack/wire/tcp_options.hpp"

namespace handwave::tcp {

/// A segment that probes the path's MTU: [from, to), on its way.
struct MtuProbe {
  Seq from;
  Seq to;
};

/// What is outstanding.
struct Flight {
  Seq una;                         ///< SND.UNA
  Seq nxt;                         ///< SND.NXT
  std::uint32_t smss = 0;          ///< Eff.snd.MSS
  std::optional<Duration> srtt{};  ///< SRTT: what the round trip usually takes
  std::optional<MtuProbe> probe{};

  [[nodiscard]] std::uint32_t size() const { return nxt.value() - una.value(); }
};

/// An acknowledgment that arrived, as far as it concerns loss. SND.UNA is in the Flight, where it has moved already.
struct Acknowledgment {
  Instant now;
  Seq before;              ///< SND.UNA before it came
  Seq ack;                 ///< SEG.ACK: less than SND.UNA if it was overtaken by others
  bool duplicate = false;  ///< as RFC 5681 §2 defines it, even if nothing is outstanding
  bool measured = false;   ///< it gave a measurement of the round trip (RFC 6298 §3)
  std::span<const wire::SackBlock> blocks{};
  std::optional<std::uint32_t> echoed{};  ///< the time of sending it echoes, in ticks of the timestamp clock
  bool new_text = false;                  ///< a full segment of new text could be sent, as far as the window goes
  bool echo = false;                      ///< ECN-Echo: the network was full (RFC 3168 §6.1.2)
};

/// What it led to.
struct Reaction {
  bool fast_retransmit = false;   ///< a fast recovery began
  bool reneged = false;           ///< the peer gave up what it had reported (RFC 2018 §8)
  bool spurious_timeout = false;  ///< the last retransmission timeout was needless
  bool probe = false;             ///< a tail loss probe is due (RFC 8985 §7.3)
  bool mtu_probe_lost = false;  ///< the probe of the path's MTU, and nothing else: no sign of congestion (RFC 4821 §4)
};

/// Octets to be sent again.
struct Resend {
  Seq from;
  Seq to;
  bool regardless = false;  ///< even if cwnd is full: it takes the place of the segment that was lost
};

}  // namespace handwave::tcp
