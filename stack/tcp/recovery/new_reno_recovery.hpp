// Loss recovery where the peer does not report by SACK: fast retransmit and fast recovery, RFC 5681 §3.2 and RFC 6582
// (NewReno); limited transmit, RFC 3042; after a timeout, RFC 6298 (5.4) and RFC 6582 §4.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/congestion_control.hpp"
#include "stack/tcp/recovery/flight.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Decides from duplicate ACKs and timeouts what was lost.
class NewRenoRecovery {
 public:
  explicit NewRenoRecovery(Seq iss = Seq{}) : recover_(iss), previous_ack_(iss), resend_next_(iss), resend_end_(iss) {}

  // The questions are those of LossRecovery, which describes them.

  [[nodiscard]] std::uint32_t room(const Flight& flight, const CongestionControl& congestion) const;
  Reaction acknowledged(const Acknowledgment& ack, const Flight& flight, CongestionControl& congestion);
  void timed_out(const Flight& flight, CongestionControl& congestion);
  void resend_all(const Flight& flight);
  void resend_first(const Flight& flight);
  void resend(Seq from, Seq to) { mark_lost(from, to, false); }
  [[nodiscard]] bool nothing_lost(const Flight& flight) const {
    return !fast_recovery_ && duplicates_ == 0 && recover_ < flight.una && in_flight(flight) == flight.size();
  }
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const;
  void sent(Seq from, Seq to, const Flight& flight) {
    if (from < flight.nxt) resend_next_ = to;
  }

 private:
  Reaction duplicate_ack(const Flight& flight, CongestionControl& congestion);
  void begin_fast_recovery(const Flight& flight, CongestionControl& congestion);
  bool advanced(Seq before, const Flight& flight, CongestionControl& congestion);
  /// Octets believed to be in the network: what is outstanding, less what is marked lost and not yet sent again.
  [[nodiscard]] std::uint32_t in_flight(const Flight& flight) const;
  void mark_lost(Seq from, Seq to, bool regardless);
  [[nodiscard]] bool is_new_loss(const Flight& flight, const CongestionControl& congestion) const;

  Seq recover_;       ///< RFC 6582 "recover", here the octet after the highest one sent when loss was last detected
  Seq previous_ack_;  ///< RFC 6582 §4.1: the cumulative acknowledgment before the current one
  Seq resend_next_;   ///< what is marked lost and not yet sent again lies from here
  Seq resend_end_;    ///< ... up to here
  std::uint32_t inflation_ = 0;  ///< by which cwnd is exceeded: what left the network, as the duplicate ACKs tell
  std::uint16_t duplicates_ = 0;
  bool fast_recovery_ = false;
  bool regardless_ = false;
  bool mends_probe_ = false;  ///< a probe of the path's MTU was lost, alone if its repair acknowledges `recover`
  bool timed_out_ = false;    ///< the last loss was found by a timeout, and nothing was acknowledged since
};

}  // namespace handwave::tcp
