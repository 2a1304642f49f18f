// What a connection is given with every call, beside the time: it keeps no reference to the world it lives in.
#pragma once

#include <cstddef>
#include <vector>

#include "stack/config.hpp"
#include "stack/counters.hpp"
#include "stack/tcp/segment.hpp"

namespace handwave::tcp {

/// Segments without text that wait for the device: resets, and all that leaves on behalf of no full connection.
/// Bounded; over the limit they are dropped and counted, as the network might have done.
class Replies {
 public:
  explicit Replies(std::size_t limit) : limit_(limit) {}

  void push(const OutgoingSegment& segment, Counters& counters) {
    if (waiting_.size() - next_ < limit_)
      waiting_.push_back(segment);
    else
      counters.add(Counter::replies_over_limit);
  }
  /// The oldest, or null.
  const OutgoingSegment* front() const { return next_ < waiting_.size() ? &waiting_[next_] : nullptr; }
  void pop() {
    if (++next_ < waiting_.size()) return;
    waiting_.clear();
    next_ = 0;
  }

 private:
  std::size_t limit_;
  std::vector<OutgoingSegment> waiting_;
  std::size_t next_ = 0;
};

struct Context {
  const StackConfig& config;
  Counters& counters;
  Replies& replies;
};

/// <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> if the segment has no ACK: the reset that the
/// sender of `seg` will accept (§3.10.7.1). The segment itself is no RST.
void reply_with_reset(const Segment& seg, Context& context);

}  // namespace handwave::tcp
