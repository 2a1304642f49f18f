// Ranges of octets in the sequence space, each with a value: what a scoreboard is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// Disjoint ranges, in order; those that touch and have the same value are one. Everything takes O(log n) and the time
/// for what it removes or visits. Empty, it allocates nothing.
///
/// All numbers lie between SND.UNA and SND.NXT, less than half a turn of the circle apart, and there circular order is
/// an order like any other; so these maps may do what the Seq type forbids in general.
template <class Value>
class Ranges {
 public:
  struct Range {
    Seq begin;
    Seq end;
    Value value;
  };

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::size_t count() const { return ranges_.size(); }
  /// Octets allocated, or about so: a node of the tree has three pointers and a colour beside its value.
  [[nodiscard]] std::size_t memory() const { return count() * (sizeof(typename Map::value_type) + 4 * sizeof(void*)); }
  /// In all ranges together.
  [[nodiscard]] std::uint32_t octets() const { return octets_; }
  [[nodiscard]] Range front() const { return at(ranges_.begin()); }
  [[nodiscard]] Range back() const { return at(std::prev(ranges_.end())); }
  [[nodiscard]] bool covers(Seq place) const {
    const auto found = first_beyond(place);
    return found != ranges_.end() && found->first <= place;
  }
  /// A range overlaps [begin, end), or lies right beside it.
  [[nodiscard]] bool touches(Seq begin, Seq end) const {
    const auto found = first_beyond(begin - 1);
    return found != ranges_.end() && found->first <= end;
  }

  /// The first place from `place` on that no range has.
  [[nodiscard]] Seq first_gap(Seq place) const {
    for (auto range = first_beyond(place); range != ranges_.end() && range->first <= place; ++range)
      place = range->second.end;
    return place;
  }

  /// Gives all of [begin, end) this value, whatever it had.
  void set(Seq begin, Seq end, const Value& value) {
    if (end <= begin) return;
    erase(begin, end);
    octets_ += distance(begin, end);
    auto next = ranges_.lower_bound(end);
    const bool joins_next = next != ranges_.end() && next->first == end && next->second.value == value;
    if (next != ranges_.begin()) {
      const auto previous = std::prev(next);
      if (previous->second.end == begin && previous->second.value == value) {
        previous->second.end = joins_next ? next->second.end : end;
        if (joins_next) ranges_.erase(next);
        return;
      }
    }
    if (joins_next) {
      end = next->second.end;
      next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, begin, Tail{end, value});
  }

  /// Takes [begin, end) out of whatever ranges it is in.
  void erase(Seq begin, Seq end) {
    if (end <= begin) return;
    for (auto range = first_beyond(begin); range != ranges_.end() && range->first < end;) {
      const Tail tail = range->second;
      const Seq from = later(range->first, begin);
      const Seq to = earlier(tail.end, end);
      octets_ -= distance(from, to);
      if (range->first < begin) {
        range->second.end = begin;
        ++range;
      } else {
        range = ranges_.erase(range);
      }
      if (to < tail.end) ranges_.emplace_hint(range, to, tail);
    }
  }

  void clear() {
    ranges_.clear();
    octets_ = 0;
  }

  /// Calls visit(Range) for the parts of ranges that lie in [begin, end), in order. `visit` leaves this object alone.
  template <class Visit>
  void each(Seq begin, Seq end, Visit visit) const {
    for (auto range = first_beyond(begin); range != ranges_.end() && range->first < end; ++range)
      visit(Range{later(range->first, begin), earlier(range->second.end, end), range->second.value});
  }
  /// True if `holds(Range)` is for one of the parts that lie in [begin, end); it looks at no more after the first.
  template <class Holds>
  [[nodiscard]] bool any(Seq begin, Seq end, Holds holds) const {
    for (auto range = first_beyond(begin); range != ranges_.end() && range->first < end; ++range)
      if (holds(Range{later(range->first, begin), earlier(range->second.end, end), range->second.value})) return true;
    return false;
  }
  /// Calls visit(Seq from, Seq to) for the parts of [begin, end) that are in no range, likewise.
  template <class Visit>
  void each_gap(Seq begin, Seq end, Visit visit) const {
    each(begin, end, [&](const Range& range) {
      if (begin < range.begin) visit(begin, range.begin);
      begin = range.end;
    });
    if (begin < end) visit(begin, end);
  }

 private:
  struct Tail {
    Seq end;
    Value value;
  };
  struct InOrder {
    bool operator()(Seq a, Seq b) const { return a < b; }
  };
  using Map = std::map<Seq, Tail, InOrder>;

  static std::uint32_t distance(Seq from, Seq to) { return to.value() - from.value(); }
  static Range at(typename Map::const_iterator range) { return {range->first, range->second.end, range->second.value}; }
  /// The first range that ends beyond `place`.
  template <class Self>
  static auto first_beyond_in(Self& ranges, Seq place) {
    auto range = ranges.upper_bound(place);
    if (range == ranges.begin()) return range;
    const auto previous = std::prev(range);
    return place < previous->second.end ? previous : range;
  }
  [[nodiscard]] auto first_beyond(Seq place) { return first_beyond_in(ranges_, place); }
  [[nodiscard]] auto first_beyond(Seq place) const { return first_beyond_in(ranges_, place); }

  Map ranges_;
  std::uint32_t octets_ = 0;
};

}  // namespace handwave::tcp
