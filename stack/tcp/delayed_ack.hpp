// When to send an ACK: RFC 9293 §3.8.6.3, RFC 5681 §4.2.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "stack/time.hpp"

namespace handwave::tcp {

/// Counts what is to be acknowledged: text in order may wait a little, other progress may not; what makes no progress
/// is answered at once, an ACK for each, because RFC 5681 §3.2 counts duplicate ACKs.
class DelayedAck {
 public:
  /// MUST-40 (§3.8.6.3): less than 0.5 s. Shorter than any peer's RTO, which some let fall to 200 ms.
  static constexpr Duration delay = std::chrono::milliseconds{40};

  /// `octets` of text arrived in order. `rmss` is the size of a full segment as this peer sends them (options may make
  /// them smaller than the MSS we announced).
  void text_arrived(Instant now, std::uint32_t octets, std::uint32_t rmss);
  /// There is progress that does not wait: SYN, FIN, a gap filled, a window opened. Whatever segment leaves next tells
  /// of it, an ACK if nothing else does (MUST-58, §3.10).
  void acknowledge_progress();
  /// One ACK is owed without delay: out of order, duplicate, out of window.
  void acknowledge_at_once() { ++at_once_; }
  /// Lets time pass: text that was delayed long enough is owed its ACK at once, and there is no deadline any more.
  void handle_timeout(Instant now);
  /// True if an ACK is to be sent now.
  [[nodiscard]] bool due(Instant now) const;
  /// How many ACKs are owed at once.
  [[nodiscard]] unsigned owed() const { return at_once_ + (progress_due_ ? 1 : 0); }
  /// True if an ACK is owed now or later.
  [[nodiscard]] bool pending() const { return owed() != 0 || deadline_.has_value(); }
  /// An ACK left: one less is owed, and all text counts as acknowledged.
  void sent();
  /// An ACK left on a segment with text of its own: it acknowledges all text, but is no duplicate ACK (RFC 5681 §2),
  /// so what acknowledge_at_once() asked for is still owed.
  void piggybacked();
  /// When delayed text wants its ACK; nothing if none is delayed. (What is owed at once has no deadline: it is due.)
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }

 private:
  std::optional<Instant> deadline_;
  std::uint32_t unacknowledged_ = 0;  ///< octets of text since the last ACK
  std::uint32_t at_once_ = 0;
  bool progress_due_ = false;  ///< enough text, or something else, for an ACK without delay
};

}  // namespace handwave::tcp
