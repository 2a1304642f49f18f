// Loss recovery where the peer reports by SACK: RFC 6675 §5; after a timeout, its §5.1; limited transmit, RFC 3042.
// How much may be sent in a recovery is told by PRR.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/tcp/congestion/new_reno.hpp"
#include "stack/tcp/recovery/flight.hpp"
#include "stack/tcp/recovery/prr.hpp"
#include "stack/tcp/recovery/scoreboard.hpp"

namespace handwave::tcp {

/// Decides from SACK reports and timeouts what was lost. Limited transmit needs no rule of its own here: what is SACKed
/// has left the pipe, and so makes room for new text.
class SackRecovery {
 public:
  explicit SackRecovery(Seq iss) : recover_(iss), judged_(iss) {}

  // The questions are those of LossRecovery, which describes them.

  [[nodiscard]] bool active() const { return phase_ == Phase::fast_recovery; }
  [[nodiscard]] std::uint32_t room(const Flight& flight, const NewReno& congestion) const;
  Reaction acknowledged(const Acknowledgment& ack, const Flight& flight, NewReno& congestion);
  void timed_out(const Flight& flight, NewReno& congestion);
  void resend_all(const Flight& flight);
  [[nodiscard]] std::optional<Resend> next(const Flight& flight) const;
  void sent(Seq from, Seq to, const Flight& flight);

 private:
  enum class Phase : std::uint8_t { open, fast_recovery, after_timeout };

  void grow(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update,
            NewReno& congestion) const;
  [[nodiscard]] bool detect_loss(const Acknowledgment& ack, const Flight& flight, const Scoreboard::Update& update);
  void enter_fast_recovery(const Flight& flight, NewReno& congestion);
  bool leave_if_covered(const Flight& flight);

  Scoreboard board_;
  ProportionalRateReduction prr_;
  Seq recover_;                   ///< RecoveryPoint: the octet after the highest one sent when loss was last detected
  Seq judged_;                    ///< what was sent once is known to be lost, or SACKed, up to here
  std::uint32_t duplicates_ = 0;  ///< DupAcks: acknowledgments that reported something new since SND.UNA moved
  Phase phase_ = Phase::open;
  bool timed_out_ = false;  ///< the last loss was found by a timeout, and nothing was acknowledged since
};

}  // namespace handwave::tcp
