// Text that arrived ahead of its turn: RFC 9293 §3.10.7.4 (SHLD-31); what SACK tells of it: RFC 2018 §4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "stack/slice.hpp"
#include "stack/tcp/ring.hpp"
#include "stack/wire/seq.hpp"
#include "stack/wire/tcp_options.hpp"

namespace handwave::tcp {

/// Contiguous ranges of text with holes between them, in order. All that is held lies within 2^31 octets: the receive
/// window sees to that. Empty, it allocates nothing.
class Reassembly {
 public:
  /// A megabyte with every other segment of 1448 octets lost leaves 362 ranges; more holes than this is an attack, or
  /// a path on which nothing helps. It bounds what one segment may cost: at worst all ranges move by one place.
  static constexpr std::size_t max_ranges = 512;
  /// Text kept by reference fills half of its block, so octets bound memory but for what each piece costs itself. This
  /// many bound that: at about 100 octets a piece, less than half a megabyte even if they came one octet a piece.
  static constexpr std::size_t max_pieces = 4096;

  /// As many as fit in the options of a segment.
  static constexpr std::size_t max_sack_blocks = std::tuple_size_v<decltype(wire::TcpOptions::sack_blocks)>;

  explicit Reassembly(std::size_t limit) : limit_(limit) {}

  /// Keeps what is new of `text`, which begins at `seq`: where it overlaps, the octets that came first stay. False if
  /// nothing was kept because it would exceed the limit of octets, of ranges or of pieces.
  bool insert(Seq seq, Slice text);
  /// Takes a first part of the run that holds `next`, from `next` on; empty if nothing holds it. Everything before
  /// `next` is dropped. Ask again, with `next` moved on, until it comes back empty.
  Slice take(Seq next);
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// Octets held.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Octets allocated for all this. Takes time in the number of pieces.
  [[nodiscard]] std::size_t memory() const;
  /// The contiguous ranges as SACK blocks, the most recently changed first (RFC 2018 §4: the first block holds the
  /// segment that triggered the ACK); returns how many of `blocks` were filled, at most `max_sack_blocks`.
  std::size_t sack_blocks(std::span<wire::SackBlock> blocks) const;
  /// The first of the octets from `seq` on that are held already, as far as they go; nothing if none is (RFC 2883 §4).
  [[nodiscard]] std::optional<wire::SackBlock> first_held(Seq seq, std::uint32_t count) const;
  void clear();

 private:
  struct Range {
    Seq begin;
    Seq end;
    std::uint32_t changed = 0;  ///< the number of the insertion that changed it last
    Ring<Slice> pieces;
  };

  /// What a segment would add.
  struct Missing {
    std::size_t octets = 0;
    std::size_t runs = 0;
  };

  [[nodiscard]] std::size_t first_ending_at_or_after(Seq place) const;
  [[nodiscard]] Missing missing(std::size_t index, Seq begin, Seq end) const;
  void fill_in(std::size_t index, Seq begin, Seq end, const Slice& text);
  void push_back(Range& range, Slice text);
  void push_front(Range& range, Slice text);
  void join(Range& left, Range& right);
  void drop_before(Seq next);

  std::vector<Range> ranges_;  ///< in order, never touching one another
  std::size_t limit_;
  std::size_t size_ = 0;
  std::size_t pieces_ = 0;
  std::uint32_t insertions_ = 0;
};

}  // namespace handwave::tcp
