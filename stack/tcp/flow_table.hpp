// From a pair of sockets to its connection: RFC 9293 §3.3.1, "Connection identification".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "stack/address.hpp"
#include "stack/random.hpp"
#include "stack/tcp/flow_index.hpp"
#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

/// A hash table keyed by a secret. Pointers to values hold until the next insert or erase.
template <class Value>
class FlowTable {
 public:
  explicit FlowTable(SipKey key) : key_(key) {}

  [[nodiscard]] Value* find(const FourTuple& sockets) {
    const auto place = place_of(tuple_hash(key_, sockets), sockets);
    return place ? &entries_[*place].value : nullptr;
  }
  [[nodiscard]] const Value* find(const FourTuple& sockets) const {
    const auto place = place_of(tuple_hash(key_, sockets), sockets);
    return place ? &entries_[*place].value : nullptr;
  }
  /// False, and nothing changes, if the sockets are there already.
  bool insert(const FourTuple& sockets, Value value) {
    const std::uint64_t hash = tuple_hash(key_, sockets);
    if (place_of(hash, sockets)) return false;
    index_.insert(hash, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back({sockets, std::move(value)});
    return true;
  }
  /// False if the sockets are not there.
  bool erase(const FourTuple& sockets) {
    const std::uint64_t hash = tuple_hash(key_, sockets);
    const auto place = place_of(hash, sockets);
    if (!place) return false;
    index_.erase(hash, *place);
    const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
    if (*place != last) {
      index_.rename(tuple_hash(key_, entries_[last].sockets), last, *place);
      entries_[*place] = std::move(entries_[last]);
    }
    entries_.pop_back();
    return true;
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Octets allocated.
  [[nodiscard]] std::size_t memory() const { return entries_.capacity() * sizeof(Entry) + index_.memory(); }

 private:
  struct Entry {
    FourTuple sockets;
    Value value;
  };

  [[nodiscard]] std::optional<std::uint32_t> place_of(std::uint64_t hash, const FourTuple& sockets) const {
    return index_.find(hash, [&](std::uint32_t place) { return entries_[place].sockets == sockets; });
  }

  SipKey key_;
  std::vector<Entry> entries_;  ///< without gaps: the last one moves into the place of one that is erased
  FlowIndex index_;
};

}  // namespace handwave::tcp
