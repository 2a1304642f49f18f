// Proportional Rate Reduction: RFC 6937, with what RFC 9937 changed: the bound is chosen anew for each ACK.
#pragma once

#include <cstdint>

namespace handwave::tcp {

/// How much may be sent during a fast recovery: what acknowledgments deliver is let through in the proportion
/// ssthresh : RecoverFS, so that the window shrinks over one round trip with no silence in it; and if more was lost
/// than the window was to shrink, it slow-starts back to ssthresh, as the ACKs come. Counted in octets.
class ProportionalRateReduction {
 public:
  /// A recovery begins, with `pipe` in the network but for what its first ACK delivers. `unclaimed` octets were
  /// acknowledged just before, and nothing was sent in their place yet: they belong to RecoverFS, and are delivered.
  void begin(std::uint32_t pipe, std::uint32_t unclaimed, std::uint32_t smss);
  /// An ACK told of `delivered` octets; `pipe` is what is in the network now. `safe` if it advanced SND.UNA and told of
  /// no further loss.
  void acknowledged(std::uint32_t delivered, std::uint32_t pipe, std::uint32_t ssthresh, bool safe, std::uint32_t smss);
  /// Between two ACKs `octets` were found to be lost: they have left the network, and `pipe` is what is still there.
  void found_lost(std::uint32_t octets, std::uint32_t pipe, std::uint32_t ssthresh);
  /// Octets left, new or again.
  void sent(std::uint32_t octets);
  /// What may be sent now: sndcnt, less what was sent of it.
  [[nodiscard]] std::uint32_t room() const { return sndcnt_; }

 private:
  std::uint64_t delivered_ = 0;   ///< prr_delivered
  std::uint64_t out_ = 0;         ///< prr_out
  std::uint32_t recover_fs_ = 0;  ///< RecoverFS
  std::uint32_t sndcnt_ = 0;
};

}  // namespace handwave::tcp
