// Text that arrived in order and waits for RECEIVE: RFC 9293 §3.9.1.3, §3.8.6 (RCV.USER).
#pragma once

#include <cstddef>

#include "stack/slice.hpp"
#include "stack/tcp/ring.hpp"

namespace handwave::tcp {

/// A stream of octets in slices. Large segments are kept as they came; small ones are copied together, so that one
/// octet never keeps a whole packet alive. Empty, it allocates nothing.
class ReceiveQueue {
 public:
  /// Appends `text`: by reference if it fills at least half of its block, else, or if it is small and not alone, as a
  /// copy.
  void push(Slice text);
  /// The first octets, at most `max`, as one slice without a copy; perhaps fewer than there are, empty if there are
  /// none.
  Slice take(std::size_t max);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void clear();
  /// Octets allocated for all this. Takes time in the number of pieces.
  [[nodiscard]] std::size_t memory() const;

 private:
  Ring<Slice> pieces_;
  std::size_t size_ = 0;
};

}  // namespace handwave::tcp
