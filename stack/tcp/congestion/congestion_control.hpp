// Congestion control: RFC 5681 §3.1 (slow start, congestion avoidance), §4.1; RFC 6928 (initial window); RFC 3168
// §6.1.2 (what a sender does about marks).
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "stack/config.hpp"
#include "stack/tcp/congestion/cubic.hpp"
#include "stack/tcp/congestion/events.hpp"
#include "stack/tcp/congestion/hystart.hpp"
#include "stack/tcp/congestion/new_reno.hpp"

namespace handwave::tcp {

/// How much may be in the network at once. The algorithms of RFC 5681 meet in one window; when it is inflated during a
/// recovery, that is kept by the recovery, so cwnd here is what the network is believed to carry. How the window grows
/// in congestion avoidance, and how far it goes back at a sign of congestion, an algorithm of the caller's choice says.
///
/// Everything is counted in octets. An acknowledgment of several segments at once counts as one for each of them: peers
/// and devices that merge segments acknowledge up to 64 KiB at a time, and RFC 5681 (2) means one SMSS a segment.
class CongestionControl {
 public:
  CongestionControl() = default;
  /// The first octet will be sent at `nxt`.
  CongestionControl(CongestionAvoidance algorithm, std::uint32_t smss, Seq nxt);

  [[nodiscard]] std::uint32_t window() const { return cwnd_; }         ///< cwnd
  [[nodiscard]] std::uint32_t threshold() const { return ssthresh_; }  ///< ssthresh
  [[nodiscard]] bool slow_start() const { return cwnd_ < ssthresh_; }

  /// Output had its turn: it left `flight` octets outstanding and `room` of the window unused; `paced` if something
  /// waits for its time to leave. Arrivals come in batches between two turns (MUST-58), and while one is read SND.UNA
  /// runs ahead of what its ACKs would have let out one by one. FlightSize, where the RFCs mean what the network holds,
  /// is that of the last turn then; and where that was the whole window, it is the whole window still.
  void turn_ended(std::uint32_t flight, std::uint32_t room, bool paced);
  /// What was acknowledged since, so that nothing was sent in its place yet, if `flight` is outstanding now.
  [[nodiscard]] std::uint32_t unclaimed(std::uint32_t flight) const;

  /// A window that was not in use has proved nothing and does not grow (RFC 7661 §4.3 explains why). (The caller leaves
  /// Progress::window out.)
  void acknowledged(Progress progress);
  // The signs of congestion. (The caller leaves Congestion::sign and Congestion::window out.)

  /// Loss was detected by duplicate ACKs, or what lets us know otherwise. Nothing is reduced twice for one window,
  /// unless for what was sent again.
  void lost(Congestion congestion);
  /// The peer echoes a mark: as for a loss, but down to one segment. False if this window was answered for already.
  bool marked(Congestion congestion);
  /// The retransmission timer expired: back to one segment. `again` if for the same segment as the last time, when
  /// ssthresh stays (§3.1).
  void timed_out(Congestion congestion, bool again);
  /// True if cwnd was reduced by one of them since the last call: RFC 3168 §6.1.2, CWR tells the peer so.
  bool take_reduction() { return std::exchange(reduction_untold_, false); }

  /// The SYN or SYN,ACK was lost: the initial window is one segment (§3.1).
  void syn_was_lost(std::uint32_t smss) { cwnd_ = smss; }
  /// A recovery ended with `flight` outstanding (RFC 6582 §3.2, full acknowledgment, option 1).
  void recovered(std::uint32_t flight, std::uint32_t smss);
  /// A reduction proved needless (RFC 4015 §3.1 (9)): `window` may be in the network, and slow start goes up to
  /// `threshold`, where it was.
  void undo(std::uint32_t window, std::uint32_t threshold);
  /// Nothing was sent for longer than one RTO, and the next octet will be at `nxt`: min(IW, cwnd) (§4.1).
  void restart_after_idle(std::uint32_t smss, Seq nxt);

 private:
  void grow_in_slow_start(const Progress& progress);
  std::uint32_t decrease(Congestion congestion);
  void remember_reduction(Seq nxt);
  void judge_first_window(const Congestion& congestion);

  [[nodiscard]] std::uint32_t flight_of_turn() const { return flight_ < cwnd_ ? flight_ : cwnd_; }
  [[nodiscard]] std::uint32_t unused() const { return paced_ ? 0 : room_; }
  [[nodiscard]] std::uint32_t flight_ack_by_ack(const Congestion& congestion) const;

  std::uint32_t cwnd_ = 0;
  std::uint32_t ssthresh_ = UINT32_MAX;  ///< "arbitrarily high" at first
  std::variant<Cubic, NewReno> avoidance_;
  HyStart first_slow_start_;
  std::uint32_t flight_ = 0;         ///< outstanding when output last had its turn
  std::uint32_t room_ = UINT32_MAX;  ///< of cwnd, then; no window is so large: it had none
  std::optional<Seq> reduced_;       ///< SND.NXT when cwnd was reduced last, until that was acknowledged, and more
  Seq begun_at_;                     ///< SND.NXT when the initial window was sent, or the last restart window
  bool in_first_window_ = true;      ///< that it begins; false once it is acknowledged
  bool restarts_with_less_ = false;  ///< some of such a window was lost
  bool reduction_untold_ = false;
  bool paced_ = false;  ///< something waited for its time to leave, then: what room there was is in use
};

/// IW of RFC 6928 §2: min(10*SMSS, max(2*SMSS, 14600)).
constexpr std::uint32_t initial_window(std::uint32_t smss) {
  const std::uint32_t floor = 2 * smss > 14600 ? 2 * smss : 14600;
  return 10 * smss < floor ? 10 * smss : floor;
}

/// IW of RFC 3390 §1: min(4*SMSS, max(2*SMSS, 4380)).
constexpr std::uint32_t smaller_initial_window(std::uint32_t smss) {
  const std::uint32_t floor = 2 * smss > 4380 ? 2 * smss : 4380;
  return 4 * smss < floor ? 4 * smss : floor;
}

}  // namespace handwave::tcp
