// Byte ranges: RFC 9110 §14.1 and §14.2.
#include "apps/http/range.hpp"

#include <algorithm>
#include <optional>

#include "apps/http/fields.hpp"

namespace handwave::http {
namespace {

/// One range-spec as written: first-pos "-" [last-pos], or "-" suffix-length.
struct RangeSpec {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;  ///< or the suffix's length, if there is no first
};

/// 1*DIGIT; numbers too large for us are as good as the largest, for no representation is that long.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return parse_decimal(text).value_or(UINT64_MAX);
}

std::optional<RangeSpec> parse_range_spec(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  RangeSpec spec{parse_position(text.substr(0, dash)), parse_position(text.substr(dash + 1))};
  if (dash > 0 && !spec.first) return std::nullopt;
  if (dash + 1 < text.size() && !spec.last) return std::nullopt;
  if (!spec.first && !spec.last) return std::nullopt;
  // §14.1.1: an int-range whose last-pos is before its first-pos is invalid.
  if (spec.first && spec.last && *spec.last < *spec.first) return std::nullopt;
  return spec;
}

/// The octets that `spec` selects of `size`; nothing if it cannot be satisfied (§14.1.2).
std::optional<ByteRange> resolve(const RangeSpec& spec, std::uint64_t size) {
  if (!spec.first) {
    const std::uint64_t length = std::min(*spec.last, size);
    if (length == 0) return std::nullopt;
    return ByteRange{size - length, length};
  }
  if (*spec.first >= size) return std::nullopt;
  const std::uint64_t last = std::min(spec.last.value_or(size - 1), size - 1);
  return ByteRange{*spec.first, last - *spec.first + 1};
}

/// Whether any two ranges share an octet; there are few.
bool overlap(const std::vector<ByteRange>& ranges) {
  std::vector<ByteRange> sorted = ranges;
  std::ranges::sort(sorted, {}, &ByteRange::offset);
  return std::ranges::adjacent_find(sorted, [](const ByteRange& a, const ByteRange& b) {
           return a.offset + a.length > b.offset;
         }) != sorted.end();
}

}  // namespace

RangeSelection select_ranges(std::string_view value, std::uint64_t size) {
  RangeSelection whole;
  constexpr std::string_view unit = "bytes=";
  if (!equals_ignoring_case(value.substr(0, unit.size()), unit)) return whole;
  // §14.1.2: a suffix of an empty representation is its whole, which no Content-Range can say.
  if (size == 0 && value.find("=-") != std::string_view::npos) return whole;

  RangeSelection selection;
  std::string_view list = value.substr(unit.size());
  std::size_t specs = 0;
  std::uint64_t total = 0;
  while (const auto element = next_list_element(list)) {
    const auto spec = parse_range_spec(*element);
    if (!spec || ++specs > max_ranges) return whole;
    const auto range = resolve(*spec, size);
    if (!range) continue;
    selection.ranges.push_back(*range);
    total += range->length;  // at most max_ranges files' sizes, and checked below
    if (total > size) return whole;
  }
  if (specs == 0 || overlap(selection.ranges)) return whole;
  if (selection.ranges.size() > 1 && total == size) return whole;
  selection.kind = selection.ranges.empty() ? RangeSelection::Kind::unsatisfiable : RangeSelection::Kind::partial;
  return selection;
}

}  // namespace handwave::http
