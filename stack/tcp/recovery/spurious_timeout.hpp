// Was a retransmission timeout needless? By timestamps: the Eifel detection of RFC 3522; without them: F-RTO with SACK,
// RFC 5682 §3. What is taken back then is that of RFC 4015.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave::tcp {

/// Watches the acknowledgments after a timeout. A timeout that only a delay has caused looks like the loss of
/// everything in flight; what is then sent again for nothing, and the window lost, can be saved if it is found out in
/// time.
class SpuriousTimeout {
 public:
  /// What an acknowledgment says, in the terms of RFC 5682 §3.1 and RFC 3522 §3.2.
  struct Report {
    bool advanced = false;                  ///< SND.UNA moved
    bool covered = false;                   ///< ... to RecoveryPoint or beyond
    bool beyond = false;                    ///< it, or a SACK, covers more than RecoveryPoint
    bool delivers = false;                  ///< it acknowledges or SACKs something new
    bool duplicate = false;                 ///< it is a duplicate ACK
    bool partial = false;                   ///< it covers not all that was sent again at the timeout
    bool new_text = false;                  ///< there is unsent text, and room for it in the window
    bool all = false;                       ///< nothing is outstanding any more
    bool twice = false;                     ///< by D-SACK: something has arrived twice
    bool peer_tells_twice = false;          ///< an earlier acknowledgment had a D-SACK
    std::optional<std::uint32_t> echoed{};  ///< in ticks of the timestamp clock
  };

  /// The timer expired; `recovering` if in a recovery already, that of an earlier timeout for other octets included.
  /// RFC 4015 (0): `pipe_prev` is max(FlightSize, ssthresh) before anything is reduced.
  void timed_out(bool recovering, bool again, std::uint32_t pipe_prev);
  /// The first segment is sent again: RetransmitTS of RFC 3522, unless it was before.
  void retransmitted(Instant now);
  /// True if the timeout is found to have been spurious. Whatever was going on is then over.
  bool acknowledged(const Report& report);

  /// It is being found out.
  [[nodiscard]] bool undecided() const { return step_ != Step::off; }
  /// RFC 5682 §3.1 (2b): up to two new segments are sent now, and nothing of what counts as lost.
  [[nodiscard]] bool sends_new_text() const { return step_ == Step::third; }
  [[nodiscard]] std::uint32_t pipe_prev() const { return pipe_prev_; }

 private:
  /// Of RFC 5682 §3.1. By timestamps the second decides.
  enum class Step : std::uint8_t { off, second, third };

  Step step_ = Step::off;
  std::optional<std::uint32_t> retransmitted_;  ///< RetransmitTS, in ticks
  std::uint32_t pipe_prev_ = 0;
};

}  // namespace handwave::tcp
