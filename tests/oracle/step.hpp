// One thing that happened to a stack, and all that came of it: what the rules of the oracle look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stack/stack.hpp"
#include "tests/model/connection.hpp"
#include "tests/model/decision.hpp"
#include "tests/model/segment.hpp"
#include "tests/support/oracle_packet.hpp"

namespace handwave::oracle {

/// What is wrong, or nothing.
using Finding = std::optional<std::string>;

enum class Stimulus : std::uint8_t {
  segment,  ///< arrived
  icmp,     ///< an error arrived
  call,     ///< the user called
  time,     ///< a deadline was reached, or none was
};

/// A segment that left, as libtins reads it and as the model does.
struct Sent {
  test::TcpPacket packet;
  model::Segment seg;
};

/// What the oracle remembers of a pair of sockets beside the model.
struct Flow {
  FourTuple sockets;
  model::Connection model;
  std::optional<ConnectionId> id;
  Instant acknowledge_by = Instant::max();  ///< when text that was taken wants its ACK
  std::vector<Instant> challenges;          ///< when challenge ACKs left, of the last five seconds
  std::uint32_t cwnd = 0;                   ///< before anything left in this step
  bool disturbed = false;                   ///< since SND.UNA = SND.NXT something looked like a loss
  bool patient = false;                     ///< its user never gives up on it
  std::uint32_t tsval = 0;                  ///< of the last segment that left
};

struct Step {
  Stimulus stimulus = Stimulus::time;
  Instant now;
  bool to_this_flow = false;  ///< the stimulus was this flow's
  model::Segment arrived;     ///< Stimulus::segment
  model::Decision decision;   ///< the model's, of it
  model::State before = model::State::closed;
  std::vector<Sent> sent;
  tcp::State stack_before = tcp::State::closed;
  tcp::State stack_after = tcp::State::closed;
  Counters counters_before;
  Counters counters_after;
  bool told_closing = false;
  bool told_closed = false;
  std::error_code error;

  [[nodiscard]] std::uint64_t counted(Counter counter) const {
    return counters_after[counter] - counters_before[counter];
  }
};

}  // namespace handwave::oracle
