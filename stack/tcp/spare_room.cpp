#include "stack/tcp/spare_room.hpp"

#include <algorithm>
#include <cstring>

namespace handwave::tcp {

std::size_t extend_in_place(Slice& slice, Bytes octets) {
  const std::uint8_t* const data = slice.data();
  if (data == nullptr || octets.empty() || !slice.block().unique()) return 0;
  const Block block = slice.block();
  const auto offset = static_cast<std::size_t>(data - block.data());
  const std::size_t used = offset + slice.size();
  const std::size_t count = std::min(octets.size(), block.capacity() - used);
  if (count == 0) return 0;
  std::memcpy(block.data() + used, octets.data(), count);
  slice = Slice{block, offset, slice.size() + count};
  return count;
}

Slice start_chunk(Bytes octets, std::size_t before) {
  constexpr std::size_t smallest = 192;
  constexpr std::size_t step = 64;
  const std::size_t wanted = std::max({octets.size(), 2 * before, smallest});
  const std::size_t capacity = std::min((wanted + step - 1) / step * step, max_chunk_size);
  Block block = Block::allocate(capacity);
  const std::size_t count = std::min(octets.size(), capacity);
  std::memcpy(block.data(), octets.data(), count);
  return {std::move(block), 0, count};
}

bool fills_half_of_its_block(const Slice& text) { return text.size() >= text.block().capacity() / 2; }

void append_compactly(Ring<Slice>& pieces, Slice text) {
  const bool among_others = text.size() <= small_text && !pieces.empty();
  if (fills_half_of_its_block(text) && !among_others) {
    pieces.push_back(std::move(text));
    return;
  }
  Bytes rest = text.bytes();
  if (!pieces.empty()) rest = rest.subspan(extend_in_place(pieces.back(), rest));
  while (!rest.empty()) {
    Slice chunk = start_chunk(rest, pieces.empty() ? 0 : pieces.back().size());
    rest = rest.subspan(chunk.size());
    pieces.push_back(std::move(chunk));
  }
}

}  // namespace handwave::tcp
