#include "stack/tcp/reassembly.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "stack/tcp/spare_room.hpp"

namespace handwave::tcp {
namespace {

/// How many octets `later` lies ahead of `earlier`, which is not ahead of it.
std::uint32_t distance(Seq earlier, Seq later) { return later.value() - earlier.value(); }

using Index = std::vector<int>::difference_type;

}  // namespace

bool Reassembly::insert(Seq seq, Slice text) {
  if (text.empty()) return true;
  const Seq end = seq + static_cast<std::uint32_t>(text.size());
  const std::size_t index = first_ending_at_or_after(seq);
  const Missing added = missing(index, seq, end);
  const bool apart = index == ranges_.size() || end < ranges_[index].begin;
  if (added.octets > limit_ - size_ || pieces_ + added.runs > max_pieces || (apart && ranges_.size() == max_ranges))
    return false;
  if (apart) ranges_.insert(ranges_.begin() + static_cast<Index>(index), Range{seq, seq, 0, {}});
  ranges_[index].changed = ++insertions_;
  if (added.octets != 0) fill_in(index, seq, end, text);
  return true;
}

/// Ranges lie in order, so those that end before `place` all come first.
std::size_t Reassembly::first_ending_at_or_after(Seq place) const {
  const auto found = std::ranges::partition_point(ranges_, [place](const Range& range) { return range.end < place; });
  return static_cast<std::size_t>(found - ranges_.begin());
}

/// Counts the octets of [begin, end) that no range holds, and the runs they form. `index` is the first range that
/// could.
Reassembly::Missing Reassembly::missing(std::size_t index, Seq begin, Seq end) const {
  Missing result;
  for (Seq place = begin; place < end; ++index) {
    const bool last = index == ranges_.size() || end <= ranges_[index].begin;
    const Seq stop = last ? end : ranges_[index].begin;
    if (place < stop) {
      result.octets += distance(place, stop);
      ++result.runs;
    }
    if (last) break;
    place = later(place, ranges_[index].end);
  }
  return result;
}

/// Extends the range at `index`, which the text [begin, end) overlaps or touches, by the octets that are not held yet;
/// the ranges that it reaches become one.
void Reassembly::fill_in(std::size_t index, Seq begin, Seq end, const Slice& text) {
  Range& range = ranges_[index];
  if (begin < range.begin) push_front(range, text.subslice(0, distance(begin, range.begin)));
  std::size_t next = index + 1;
  while (range.end < end) {
    const bool last = next == ranges_.size() || end < ranges_[next].begin;
    const Seq stop = last ? end : ranges_[next].begin;
    push_back(range, text.subslice(distance(begin, range.end), distance(range.end, stop)));
    if (!last) join(range, ranges_[next++]);
  }
  ranges_.erase(ranges_.begin() + static_cast<Index>(index + 1), ranges_.begin() + static_cast<Index>(next));
}

void Reassembly::push_back(Range& range, Slice text) {
  const std::size_t pieces_before = range.pieces.size();
  const std::size_t count = text.size();
  append_compactly(range.pieces, std::move(text));
  range.end += static_cast<std::uint32_t>(count);
  size_ += count;
  pieces_ += range.pieces.size() - pieces_before;
}

void Reassembly::push_front(Range& range, Slice text) {
  const std::size_t count = text.size();
  range.pieces.push_front(fills_half_of_its_block(text) ? std::move(text) : Slice::copy_of(text.bytes()));
  range.begin = range.begin - static_cast<std::uint32_t>(count);
  size_ += count;
  ++pieces_;
}

/// Moves the pieces of the range with fewer of them, so that no order of arrival makes this quadratic.
void Reassembly::join(Range& left, Range& right) {
  if (left.pieces.size() >= right.pieces.size()) {
    while (!right.pieces.empty()) left.pieces.push_back(right.pieces.pop_front());
  } else {
    while (!left.pieces.empty()) right.pieces.push_front(left.pieces.pop_back());
    std::swap(left.pieces, right.pieces);
  }
  left.end = right.end;
}

Slice Reassembly::take(Seq next) {
  drop_before(next);
  if (ranges_.empty() || ranges_.front().begin != next) return {};
  Range& range = ranges_.front();
  Slice taken = range.pieces.pop_front();
  range.begin += static_cast<std::uint32_t>(taken.size());
  size_ -= taken.size();
  --pieces_;
  if (range.pieces.empty()) ranges_.erase(ranges_.begin());
  if (ranges_.empty()) clear();
  return taken;
}

void Reassembly::drop_before(Seq next) {
  std::size_t emptied = 0;
  for (; emptied < ranges_.size() && ranges_[emptied].begin < next; ++emptied) {
    Range& range = ranges_[emptied];
    while (!range.pieces.empty() && range.begin < next) {
      Slice& piece = range.pieces.front();
      const std::size_t dropped = std::min(piece.size(), std::size_t{distance(range.begin, next)});
      range.begin += static_cast<std::uint32_t>(dropped);
      size_ -= dropped;
      piece.remove_prefix(dropped);
      if (!piece.empty()) break;
      range.pieces.pop_front();
      --pieces_;
    }
    if (!range.pieces.empty()) break;
  }
  ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<Index>(emptied));
  if (ranges_.empty()) clear();
}

std::size_t Reassembly::memory() const {
  std::size_t octets = ranges_.capacity() * sizeof(Range);
  for (const Range& range : ranges_) {
    octets += range.pieces.memory();
    for (std::size_t i = 0; i < range.pieces.size(); ++i) octets += range.pieces[i].block().capacity();
  }
  return octets;
}

std::size_t Reassembly::sack_blocks(std::span<wire::SackBlock> blocks) const {
  const auto age = [this](const Range* range) { return insertions_ - range->changed; };
  std::array<const Range*, max_sack_blocks> newest;  // the youngest first
  const std::size_t room = std::min(blocks.size(), newest.size());
  if (room == 0) return 0;
  std::size_t count = 0;
  for (const Range& range : ranges_) {
    if (count == room && age(&range) > age(newest[count - 1])) continue;
    std::size_t place = count < room ? count++ : count - 1;
    for (; place > 0 && age(newest[place - 1]) > age(&range); --place) newest[place] = newest[place - 1];
    newest[place] = &range;
  }
  for (std::size_t i = 0; i < count; ++i) blocks[i] = {newest[i]->begin, newest[i]->end};
  return count;
}

std::optional<wire::SackBlock> Reassembly::first_held(Seq seq, std::uint32_t count) const {
  if (ranges_.empty()) return std::nullopt;
  const std::size_t index = first_ending_at_or_after(seq + 1);
  if (index == ranges_.size() || seq + count <= ranges_[index].begin) return std::nullopt;
  return wire::SackBlock{later(seq, ranges_[index].begin), earlier(seq + count, ranges_[index].end)};
}

void Reassembly::clear() {
  std::vector<Range>{}.swap(ranges_);
  size_ = 0;
  pieces_ = 0;
}

}  // namespace handwave::tcp
