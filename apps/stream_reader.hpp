// The octets of one direction of a TCP connection in their order, as an onlooker puts them together: RFC 9293 §3.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "stack/slice.hpp"
#include "stack/wire/seq.hpp"

namespace handwave {

class StreamReader {
 public:
  /// Octets that came ahead of others and are kept until those come; past this the stream is lost.
  static constexpr std::size_t max_held = std::size_t{1} << 18;
  static constexpr std::size_t max_pieces = 1024;

  /// The stream begins behind a SYN at `iss`.
  void synchronize(Seq iss) { next_ = iss + 1; }
  /// A segment's text from `place` on. What is now next in order is given; what was there before is left out.
  std::vector<Slice> read(Seq place, const Slice& text);
  /// Octets are missing for good: nothing more is given.
  [[nodiscard]] bool lost() const { return lost_; }
  /// How many octets were given in order.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// How far into the stream `place` lies.
  [[nodiscard]] std::uint64_t offset_of(Seq place) const;

 private:
  Seq next_;
  std::uint64_t position_ = 0;             ///< next_, counted from the stream's beginning
  std::map<std::uint64_t, Slice> pieces_;  ///< ahead of next_, by their offsets
  std::size_t held_ = 0;                   ///< octets in them
  bool lost_ = false;
};

}  // namespace handwave
