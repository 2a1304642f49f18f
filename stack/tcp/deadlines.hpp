// The timers of many connections: which one is due first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "stack/time.hpp"

namespace handwave::tcp {

/// One deadline for each of many small ids, in a heap in which each id knows its place. Everything takes O(log n), and
/// next() O(1). Memory goes with the largest id.
class Deadlines {
 public:
  /// Sets the id's deadline, earlier or later than it was.
  void set(std::uint32_t id, Instant when);
  /// Sets it only if there is none or it is later than `when`. This is the lazy way for a timer that is put off with
  /// each segment: leave the early entry, and set the true deadline when it comes up.
  void set_at_most(std::uint32_t id, Instant when);
  /// The id has no deadline any more.
  void clear(std::uint32_t id);
  /// The id's deadline, if it has one.
  [[nodiscard]] std::optional<Instant> at(std::uint32_t id) const;
  /// The earliest deadline of all.
  [[nodiscard]] std::optional<Instant> next() const;
  /// The id with the earliest deadline, if that has come by `now`.
  [[nodiscard]] std::optional<std::uint32_t> due(Instant now) const;
  /// The same, and the id has no deadline any more.
  std::optional<std::uint32_t> pop_due(Instant now);
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const {
    return heap_.capacity() * sizeof(Entry) + places_.capacity() * sizeof(std::uint32_t);
  }

 private:
  struct Entry {
    Instant when;
    std::uint32_t id;
  };
  static constexpr std::uint32_t nowhere = UINT32_MAX;

  [[nodiscard]] std::uint32_t place_of(std::uint32_t id) const { return id < places_.size() ? places_[id] : nowhere; }
  void put(std::uint32_t place, Entry entry);
  void sift_up(std::uint32_t place, Entry entry);
  void sift_down(std::uint32_t place, Entry entry);
  void remove_at(std::uint32_t place);

  std::vector<Entry> heap_;            ///< 4-ary: the children of place i are 4i + 1 to 4i + 4
  std::vector<std::uint32_t> places_;  ///< by id: its place in the heap
};

}  // namespace handwave::tcp
