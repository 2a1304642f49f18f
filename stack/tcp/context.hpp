// What a connection is given with every call, beside the time: it keeps no reference to the world it lives in.
#pragma once

#include <cstddef>
#include <deque>

#include "stack/config.hpp"
#include "stack/counters.hpp"
#include "stack/tcp/buffer_tuning.hpp"
#include "stack/tcp/segment.hpp"

namespace handwave::tcp {

/// Segments without text that wait for the device: resets, and all that leaves on behalf of no full connection.
class Replies {
 public:
  explicit Replies(std::size_t limit) : limit_(limit) {}

  /// An answer to what a peer sent. Bounded; over the limit they are dropped and counted, as the network might have
  /// done.
  void push(const OutgoingSegment& segment, Counters& counters) {
    if (waiting_.size() < limit_)
      waiting_.push_back(segment);
    else
      counters.add(Counter::replies_over_limit);
  }
  /// The last segment of a connection: there are no more of them than there were connections.
  void push_last_word(const OutgoingSegment& segment) { waiting_.push_back(segment); }
  /// The oldest, or null.
  const OutgoingSegment* front() const { return waiting_.empty() ? nullptr : &waiting_.front(); }
  void pop() { waiting_.pop_front(); }

 private:
  std::size_t limit_;
  std::deque<OutgoingSegment> waiting_;
};

struct Context {
  const StackConfig& config;
  Counters& counters;
  Replies& replies;
  BufferBudget& buffers;
};

/// <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> if the segment has no ACK: the reset that the
/// sender of `seg` will accept (§3.10.7.1). The segment itself is no RST.
void reply_with_reset(const Segment& seg, Context& context);

}  // namespace handwave::tcp
