// What the application wrote and the peer has not acknowledged: RFC 9293 §3.8, from SND.UNA on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stack/bytes.hpp"
#include "stack/packet.hpp"
#include "stack/slice.hpp"
#include "stack/tcp/ring.hpp"

namespace handwave::tcp {

/// The octets from SND.UNA to the end of what was written, sent or not, in chunks that packets refer to without a copy.
/// Octets once written never change; the copy of a queue shares its chunks. Empty, it allocates nothing.
class SendQueue {
 public:
  /// Slices of at least this size are shared; below it, a copy is cheaper than a chunk of its own.
  static constexpr std::size_t share_threshold = 4096;

  /// Octets held.
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  /// Copies all of `octets` to the end, into the last chunk's spare room first; returns how many they are.
  std::size_t append(Bytes octets);
  /// Appends all of the slice, shared if it is large; returns its size.
  std::size_t append(Slice octets);
  /// Drops the first `octets`, no more than size(): SND.UNA moved on.
  void acknowledge(std::size_t octets);
  /// Adds views of up to `count` octets, from `offset` octets behind SND.UNA on, to the payload of `packet`. Returns
  /// how many were added: fewer if the packet's slices run out, or the queue ends. The views hold until the queue
  /// changes.
  std::size_t gather(std::size_t offset, std::size_t count, OutgoingPacket& packet) const;
  void clear();
  /// Octets allocated for all this, shared slices counted with their whole blocks. Takes time in the number of chunks.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Chunk {
    Slice octets;
    std::uint64_t begin = 0;  ///< where its first octet stands in the stream
  };

  /// Copies what fits into the room behind the last chunk's octets; returns how much did.
  std::size_t fill_last_chunk(Bytes octets);
  void push(Slice octets);
  [[nodiscard]] std::size_t chunk_holding(std::uint64_t position) const;

  Ring<Chunk> chunks_;
  std::uint64_t begin_ = 0;  ///< position of SND.UNA in the stream, counted from the first octet ever written
  std::uint64_t end_ = 0;    ///< position behind the last octet
};

}  // namespace handwave::tcp
