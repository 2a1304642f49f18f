// Which events have met which states: the matrix of docs/STATE_COVERAGE.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "tests/model/connection.hpp"
#include "tests/model/segment.hpp"

namespace handwave::oracle {

// X(name, what it is)
#define HANDWAVE_ORACLE_EVENTS(X)                        \
  X(open_passive, "OPEN, passive")                       \
  X(open_active, "OPEN, active")                         \
  X(send, "SEND")                                        \
  X(receive, "RECEIVE")                                  \
  X(close, "CLOSE")                                      \
  X(close_both, "CLOSE of both directions")              \
  X(close_listener, "CLOSE of the listener")             \
  X(abort, "ABORT")                                      \
  X(bad_checksum, "segment with a wrong checksum")       \
  X(rst_exact, "RST, SEG.SEQ = RCV.NXT")                 \
  X(rst_in_window, "RST elsewhere in the window")        \
  X(rst_outside, "RST outside the window")               \
  X(syn, "SYN")                                          \
  X(syn_ack, "SYN,ACK")                                  \
  X(old_timestamp, "timestamp older than TS.Recent")     \
  X(no_timestamp, "no timestamp where they were agreed") \
  X(outside, "segment outside the window")               \
  X(no_ack, "no ACK bit")                                \
  X(ack_ahead, "ACK of what was not sent")               \
  X(ack_too_old, "ACK of long ago")                      \
  X(fin_in_order, "FIN in order")                        \
  X(fin_ahead, "FIN behind a gap")                       \
  X(text_in_order, "text in order")                      \
  X(text_ahead, "text behind a gap")                     \
  X(urg, "URG")                                          \
  X(ack_new, "bare ACK of something new")                \
  X(ack_again, "bare ACK of nothing new")                \
  X(icmp_soft, "ICMP, a soft error")                     \
  X(icmp_hard, "ICMP, a hard error")                     \
  X(icmp_too_big, "ICMP, packet too big")                \
  X(time, "time passes")

enum class Event : std::uint8_t {
#define X(name, meaning) name,
  HANDWAVE_ORACLE_EVENTS(X)
#undef X
};

inline constexpr auto event_names = std::to_array<std::string_view>({
#define X(name, meaning) meaning,
    HANDWAVE_ORACLE_EVENTS(X)
#undef X
});

inline constexpr std::size_t state_count = 11;
inline constexpr std::size_t cell_count = state_count * event_names.size();
using Cells = std::array<std::uint8_t, cell_count>;  ///< a line an event, a column a state

/// What kind of event the segment is to a connection that stands as the model says. The first that fits, in the order
/// of the steps of §3.10.7.4.
Event event_of(const model::Connection& c, const model::Segment& seg, model::Time now);

class Matrix {
 public:
  void reached(model::State state, Event event) {
    const std::size_t cell = static_cast<std::size_t>(event) * state_count + static_cast<std::size_t>(state);
    ++counts_[cell];
    latest_[cell] = 1;
  }
  /// A 1 for each cell that was reached since the last call.
  Cells take_latest() { return std::exchange(latest_, Cells{}); }
  [[nodiscard]] std::uint64_t count(model::State state, Event event) const {
    return counts_[static_cast<std::size_t>(event) * state_count + static_cast<std::size_t>(state)];
  }

 private:
  std::array<std::uint64_t, cell_count> counts_{};
  Cells latest_{};
};

/// The one of this process.
Matrix& matrix();

}  // namespace handwave::oracle
