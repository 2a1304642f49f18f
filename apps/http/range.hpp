// Byte ranges: RFC 9110 §14.1 and §14.2.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace handwave::http {

/// Octets `offset` to `offset + length - 1` of a representation; never empty.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// More ranges in one request than this look like an attack (§17.15), and the whole is sent instead.
inline constexpr std::size_t max_ranges = 16;

/// What a Range field asks of a representation of a known size.
struct RangeSelection {
  enum class Kind : std::uint8_t {
    whole,          ///< ignore the field: another unit, bad syntax, too many ranges, or no gain by them
    partial,        ///< 206 with `ranges`, in the order asked for, those that cannot be satisfied left out
    unsatisfiable,  ///< 416
  };
  Kind kind = Kind::whole;
  std::vector<ByteRange> ranges;
};

/// Reads the value of a Range field against a representation of `size` octets. Ranges that overlap and ones that
/// together are no less than the whole make it `whole`, which §14.2 allows.
RangeSelection select_ranges(std::string_view value, std::uint64_t size);

}  // namespace handwave::http
