#include "stack/tcp/send_queue.hpp"

#include <algorithm>

#include "stack/expects.hpp"
#include "stack/tcp/spare_room.hpp"

namespace handwave::tcp {

std::size_t SendQueue::append(Bytes octets) {
  const std::size_t all = octets.size();
  octets = octets.subspan(fill_last_chunk(octets));
  while (!octets.empty()) {
    Slice chunk = start_chunk(octets, chunks_.empty() ? 0 : chunks_.back().octets.size());
    octets = octets.subspan(chunk.size());
    push(std::move(chunk));
  }
  return all;
}

std::size_t SendQueue::append(Slice octets) {
  if (octets.size() < share_threshold) return append(octets.bytes());
  const std::size_t all = octets.size();
  push(std::move(octets));
  return all;
}

std::size_t SendQueue::fill_last_chunk(Bytes octets) {
  if (chunks_.empty()) return 0;
  const std::size_t filled = extend_in_place(chunks_.back().octets, octets);
  end_ += filled;
  return filled;
}

void SendQueue::push(Slice octets) {
  const std::size_t count = octets.size();
  chunks_.push_back({std::move(octets), end_});
  end_ += count;
}

void SendQueue::acknowledge(std::size_t octets) {
  expects(octets <= size(), "no more is acknowledged than is queued");
  begin_ += octets;
  while (!chunks_.empty() && chunks_.front().begin + chunks_.front().octets.size() <= begin_) chunks_.pop_front();
}

std::size_t SendQueue::chunk_holding(std::uint64_t position) const {
  std::size_t low = 0;  // chunks_[low] begins at or before the position, chunks_[high] does not
  for (std::size_t high = chunks_.size(); high - low > 1;) {
    const std::size_t middle = low + (high - low) / 2;
    (chunks_[middle].begin <= position ? low : high) = middle;
  }
  return low;
}

std::size_t SendQueue::gather(std::size_t offset, std::size_t count, OutgoingPacket& packet) const {
  if (offset >= size()) return 0;
  std::uint64_t position = begin_ + offset;
  const std::uint64_t stop = position + std::min(count, size() - offset);
  const std::uint64_t start = position;
  for (std::size_t i = chunk_holding(position); position < stop && !packet.payload_full(); ++i) {
    const Chunk& chunk = chunks_[i];
    const auto skipped = static_cast<std::size_t>(position - chunk.begin);
    const std::size_t taken = std::min(chunk.octets.size() - skipped, static_cast<std::size_t>(stop - position));
    packet.add_payload(chunk.octets.bytes().subspan(skipped, taken));
    position += taken;
  }
  return static_cast<std::size_t>(position - start);
}

void SendQueue::clear() {
  chunks_.clear();
  begin_ = end_;
}

std::size_t SendQueue::memory() const {
  std::size_t octets = chunks_.memory();
  for (std::size_t i = 0; i < chunks_.size(); ++i) octets += chunks_[i].octets.block().capacity();
  return octets;
}

}  // namespace handwave::tcp
