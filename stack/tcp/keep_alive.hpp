// Keep-alives: RFC 9293 §3.8.4.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/config.hpp"
#include "stack/time.hpp"

namespace handwave::tcp {

/// Decides when an idle connection is probed, and when its peer is gone; as the application wants, which the connection
/// knows.
class KeepAliveTimer {
 public:
  enum class Verdict : std::uint8_t { idle, probe, dead };

  /// MUST-26: a segment arrived, of whatever kind; or the application has changed what it wants.
  void heard(Instant now, const KeepAlive& options);
  /// When handle_timeout() wants to be called; nothing while switched off, or while data is outstanding (its
  /// retransmissions probe the peer already).
  [[nodiscard]] std::optional<Instant> deadline(const KeepAlive& options, bool outstanding) const;
  /// `probe`: send one, which starts the wait for the next; `dead`: enough of them went unanswered.
  Verdict handle_timeout(Instant now, const KeepAlive& options, bool outstanding);

 private:
  Instant next_{};                ///< the next probe or the verdict
  std::uint32_t unanswered_ = 0;  ///< probes since a segment was heard
};

}  // namespace handwave::tcp
