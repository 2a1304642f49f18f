#include "stack/tcp/receive_queue.hpp"

#include <utility>

#include "stack/tcp/spare_room.hpp"

namespace handwave::tcp {

void ReceiveQueue::push(Slice text) {
  const std::size_t count = text.size();
  if (count == 0) return;
  append_compactly(pieces_, std::move(text));
  size_ += count;
}

Slice ReceiveQueue::take(std::size_t max) {
  if (pieces_.empty() || max == 0) return {};
  if (pieces_.front().size() <= max) {
    size_ -= pieces_.front().size();
    return pieces_.pop_front();
  }
  Slice taken = pieces_.front().subslice(0, max);
  pieces_.front().remove_prefix(max);
  size_ -= max;
  return taken;
}

void ReceiveQueue::clear() {
  pieces_.clear();
  size_ = 0;
}

std::size_t ReceiveQueue::memory() const {
  std::size_t octets = pieces_.memory();
  for (std::size_t i = 0; i < pieces_.size(); ++i) octets += pieces_[i].block().capacity();
  return octets;
}

}  // namespace handwave::tcp
