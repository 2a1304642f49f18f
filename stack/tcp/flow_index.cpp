#include "stack/tcp/flow_index.hpp"

#include "stack/expects.hpp"

namespace handwave::tcp {

void FlowIndex::insert(std::uint64_t hash, std::uint32_t id) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  place({tag_of(hash), id});
  ++size_;
}

void FlowIndex::place(Slot slot) {
  std::size_t i = home(slot.tag);
  while (slots_[i].id != vacant) i = after(i);
  slots_[i] = slot;
}

void FlowIndex::grow() {
  constexpr std::size_t smallest = 8;
  std::vector<Slot> former(slots_.empty() ? smallest : slots_.size() * 2);
  former.swap(slots_);
  for (const Slot& slot : former)
    if (slot.id != vacant) place(slot);
}

std::size_t FlowIndex::slot_of(std::uint64_t hash, std::uint32_t id) const {
  expects(size_ != 0, "only what is stored is erased or renamed");
  std::size_t i = home(tag_of(hash));
  while (slots_[i].id != id) {
    expects(slots_[i].id != vacant, "only what is stored is erased or renamed");
    i = after(i);
  }
  return i;
}

void FlowIndex::erase(std::uint64_t hash, std::uint32_t id) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot_of(hash, id);
  for (std::size_t i = after(hole); slots_[i].id != vacant; i = after(i)) {
    // What lies as far from its home as from the hole, or farther, may move there: probing still passes by.
    const std::size_t from_home = (i - home(slots_[i].tag)) & mask;
    const std::size_t from_hole = (i - hole) & mask;
    if (from_home < from_hole) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = {};
  --size_;
}

void FlowIndex::rename(std::uint64_t hash, std::uint32_t id, std::uint32_t new_id) {
  slots_[slot_of(hash, id)].id = new_id;
}

}  // namespace handwave::tcp
