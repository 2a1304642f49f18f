// What to send again, and when: fast retransmit and fast recovery, RFC 5681 §3.2 and RFC 6582 (NewReno); limited
// transmit, RFC 3042; after a timeout, RFC 6298 (5.4) and RFC 6582 §4.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/new_reno.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// What a recovery sees of its connection.
struct Flight {
  Seq una;                 ///< SND.UNA
  Seq nxt;                 ///< SND.NXT
  std::uint32_t smss = 0;  ///< Eff.snd.MSS

  [[nodiscard]] std::uint32_t size() const { return nxt.value() - una.value(); }
};

/// Octets to be sent again.
struct Resend {
  Seq from;
  Seq to;
  bool regardless = false;  ///< even if cwnd is full: a fast retransmit takes the place of the segment that was lost
};

/// Decides from acknowledgments and timeouts what was lost. The connection asks `next` what to send again, and adds
/// `inflation` to cwnd; a recovery with a scoreboard (RFC 6675, RFC 8985) fits behind the same questions.
class LossRecovery {
 public:
  explicit LossRecovery(Seq iss = Seq{}) : recover_(iss), previous_ack_(iss), resend_next_(iss), resend_end_(iss) {}

  /// Fast recovery is going on.
  [[nodiscard]] bool active() const { return fast_recovery_; }
  /// Octets by which cwnd is exceeded: segments that left the network, as the duplicate ACKs tell.
  [[nodiscard]] std::uint32_t inflation() const { return inflation_; }
  /// Octets believed to be in the network: what is outstanding, less what is marked lost and not yet sent again.
  [[nodiscard]] std::uint32_t in_flight(const Flight& flight) const;

  /// A duplicate ACK as RFC 5681 §2 defines it. True if it was the third and a fast retransmit begins.
  bool duplicate_ack(const Flight& flight, NewReno& congestion);
  /// SND.UNA has moved to `flight.una` from `before`. True if it was a partial ACK: fast recovery goes on.
  bool advanced(Seq before, const Flight& flight, NewReno& congestion);
  /// The retransmission timer expired: everything outstanding counts as lost.
  void timed_out(const Flight& flight, NewReno& congestion);
  /// Everything outstanding is to be sent again for another reason than congestion: the path's MTU shrank.
  void resend_all(const Flight& flight);

  /// What is to be sent again now, if anything.
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const;
  /// It was sent again, up to `to`.
  void sent_again(Seq to) { resend_next_ = to; }

 private:
  void mark_lost(Seq from, Seq to, bool regardless);
  [[nodiscard]] bool is_new_loss(const Flight& flight, const NewReno& congestion) const;

  Seq recover_;       ///< RFC 6582 "recover", here the octet after the highest one sent when loss was last detected
  Seq previous_ack_;  ///< RFC 6582 §4.1: the cumulative acknowledgment before the current one
  Seq resend_next_;   ///< what is marked lost and not yet sent again lies from here
  Seq resend_end_;    ///< ... up to here
  std::uint32_t inflation_ = 0;
  std::uint16_t duplicates_ = 0;
  bool fast_recovery_ = false;
  bool regardless_ = false;
  bool timed_out_ = false;  ///< the last loss was found by a timeout, and nothing was acknowledged since
};

}  // namespace handwave::tcp
