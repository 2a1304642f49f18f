// From a hash of a pair of sockets to a place in some array: the part that flow table, SYN cache and TIME-WAIT share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace handwave::tcp {

/// Open addressing with linear probing over slots of 8 octets, at most three quarters full. Erasing shifts back what
/// follows, so it leaves no tombstones and lookups stay as fast as they were. The keys live in the caller's array; its
/// hashes must be keyed, so that a peer cannot aim at one slot.
class FlowIndex {
 public:
  /// The id stored under `hash` for which `is_it(id)` holds.
  template <class Predicate>
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t hash, Predicate is_it) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t i = home(tag); slots_[i].id != vacant; i = after(i))
      if (slots_[i].tag == tag && is_it(slots_[i].id)) return slots_[i].id;
    return std::nullopt;
  }
  /// Adds an id, which is not stored yet.
  void insert(std::uint64_t hash, std::uint32_t id);
  /// Removes an id, which is stored under `hash`.
  void erase(std::uint64_t hash, std::uint32_t id);
  /// What was stored as `id` is `new_id` from now on.
  void rename(std::uint64_t hash, std::uint32_t id, std::uint32_t new_id);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t memory() const { return slots_.capacity() * sizeof(Slot); }

 private:
  static constexpr std::uint32_t vacant = UINT32_MAX;
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t id = vacant;
  };

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  [[nodiscard]] std::size_t home(std::uint32_t tag) const { return tag & (slots_.size() - 1); }
  [[nodiscard]] std::size_t after(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::uint32_t id) const;
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;  ///< none, or a power of two
  std::size_t size_ = 0;
};

}  // namespace handwave::tcp
