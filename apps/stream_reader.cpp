#include "apps/stream_reader.hpp"

#include <utility>

namespace handwave {

std::uint64_t StreamReader::offset_of(Seq place) const {
  const std::int64_t offset = static_cast<std::int64_t>(position_) + (place - next_);
  return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}

std::vector<Slice> StreamReader::read(Seq place, const Slice& text) {
  std::vector<Slice> in_order;
  if (lost_ || text.empty()) return in_order;
  // Of two pieces from the same place the longer one says all.
  const std::int32_t behind = next_ - place;
  const Slice fresh = behind > 0 ? text.subslice(static_cast<std::size_t>(behind)) : text;
  if (fresh.empty()) return in_order;
  Slice& piece = pieces_[behind > 0 ? position_ : offset_of(place)];
  if (piece.size() >= fresh.size()) return in_order;
  held_ += fresh.size() - piece.size();
  // A piece that has to wait is copied: the device wants its buffer back.
  piece = behind >= 0 ? fresh : Slice::copy_of(fresh.bytes());

  for (auto first = pieces_.begin(); first != pieces_.end() && first->first <= position_; first = pieces_.begin()) {
    const Slice next = first->second.subslice(static_cast<std::size_t>(position_ - first->first));
    held_ -= first->second.size();
    pieces_.erase(first);
    if (next.empty()) continue;
    position_ += next.size();
    next_ += static_cast<std::uint32_t>(next.size());
    in_order.push_back(next);
  }
  if (held_ > max_held || pieces_.size() > max_pieces) {
    lost_ = true;
    pieces_.clear();
    held_ = 0;
  }
  return in_order;
}

}  // namespace handwave
