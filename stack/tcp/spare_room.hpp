// Writing behind the octets of a slice, into the rest of its block: how small pieces of text share a block.
#pragma once

#include <cstddef>

#include "stack/bytes.hpp"
#include "stack/slice.hpp"
#include "stack/tcp/ring.hpp"

namespace handwave::tcp {

/// The largest block made to collect small pieces of text in.
inline constexpr std::size_t max_chunk_size = 32 * 1024;

/// Copies as many of `octets` as fit behind the slice's own into the rest of its block, makes the slice that much
/// longer, and returns how many those are. None if anybody else holds the block: they may be writing there as well.
std::size_t extend_in_place(Slice& slice, Bytes octets);

/// A slice with a copy of the first of `octets`, at most `max_chunk_size`, in a block that has room for twice as much
/// as the piece before it, which has `before` octets: so blocks grow as more is written, and yet no order of large and
/// small pieces leaves much more room unused than there is text.
Slice start_chunk(Bytes octets, std::size_t before);

/// Text up to this size is copied behind what is there already, rather than become a piece of its own.
inline constexpr std::size_t small_text = 256;

/// True if keeping `text` keeps at most as much again alive.
bool fills_half_of_its_block(const Slice& text);

/// Appends `text` to `pieces`: by reference if it fills at least half of its block, so that one octet never keeps a
/// whole packet alive; else, or if it is small and not alone, as a copy.
void append_compactly(Ring<Slice>& pieces, Slice text);

}  // namespace handwave::tcp
