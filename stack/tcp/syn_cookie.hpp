// SYN cookies: RFC 4987 §3.6, §3.7 and Appendix A. When the SYN cache is full, the peer remembers its SYN for us.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/random.hpp"
#include "stack/tcp/segment.hpp"
#include "stack/tcp/syn_cache.hpp"
#include "stack/time.hpp"

namespace handwave::tcp {

/*
   The sequence number of a SYN,ACK that is a cookie:

     3   2     2                                                     0
     1   8     7                                                     0
   +---+-----+---------------------------------------------------------+
   | P | MSS |                          Hash                           |
   +---+-----+---------------------------------------------------------+

   and its TSval, if the SYN had timestamps:

     3                                               6   5   4   3     0
   +---------------------------------------------------+---+---+-------+
   |          the upper bits of the clock              | 0 | S | Scale |
   +---------------------------------------------------+---+---+-------+

   P      the lowest bit of the period in which it was sent: a number that goes up every 64 seconds
   MSS    an index of a table: what of the peer's MSS is used
   Hash   keyed, of the sockets, the peer's ISN, the period, the MSS and the whole TSval
   S      SACK was permitted
   Scale  the peer's window scale, or 15 if it offered none
   0      free, for a SYN that asks for ECN
*/
/// Makes cookies and reads them. The peer's ACK brings all of it back: SEG.ACK is the cookie's ISN + 1, SEG.SEQ the
/// peer's ISN + 1, TSecr our TSval. A guess is right once in 2^28, and only while cookies are being sent.
class SynCookies {
 public:
  explicit SynCookies(SipKey key) : key_(key) {}

  /// A cookie is good for the rest of its period and for the one that follows.
  static constexpr Duration period = std::chrono::seconds{64};

  struct Cookie {
    Seq iss;
    std::uint32_t tsval = 0;  ///< if the SYN had timestamps
  };
  /// The numbers of the SYN,ACK that answers `syn` now. `clock` is what TSval would be without: the cookie's lies up to
  /// 63 ticks before it, never after, so that the connection's TSvals follow without going back (RFC 7323 §5.4).
  Cookie make(Instant now, const HalfOpen& syn, std::uint32_t clock);
  /// True as long as a cookie that we sent may still come back.
  [[nodiscard]] bool sent_recently(Instant now) const { return last_sent_ && now - *last_sent_ <= 2 * period; }
  /// The handshake that `seg` completes, if what it acknowledges is a cookie of ours that is still good. What the
  /// cookie could not carry is as `seg` has it (SEG.WND, TS.Recent) or is left as it is (the listener).
  [[nodiscard]] std::optional<HalfOpen> read(Instant now, const Segment& seg) const;

 private:
  [[nodiscard]] Seq number(const HalfOpen& syn, std::uint32_t when, std::uint32_t mss, std::uint32_t tsval) const;

  SipKey key_;
  std::optional<Instant> last_sent_;
};

}  // namespace handwave::tcp
