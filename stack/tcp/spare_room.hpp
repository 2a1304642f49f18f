// Writing behind the octets of a slice, into the rest of its block: how small pieces of text share a block.
#pragma once

#include <cstddef>

#include "stack/bytes.hpp"
#include "stack/slice.hpp"

namespace handwave::tcp {

/// The largest block made to collect small pieces of text in.
inline constexpr std::size_t max_chunk_size = 32 * 1024;

/// Copies as many of `octets` as fit behind the slice's own into the rest of its block, makes the slice that much
/// longer, and returns how many those are. None if anybody else holds the block: they may be writing there as well.
std::size_t extend_in_place(Slice& slice, Bytes octets);

/// A slice with a copy of the first of `octets`, at most `max_chunk_size`, in a block with room for about
/// `held` octets more or less: so blocks grow as what is held grows, and a connection with little keeps little.
Slice start_chunk(Bytes octets, std::size_t held);

}  // namespace handwave::tcp
