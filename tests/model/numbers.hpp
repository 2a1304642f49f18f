// Sequence numbers: RFC 9293 §3.4, as plain numbers modulo 2^32. Whatever is compared is asked in the RFC's own shape,
// "low =< number =< high": on a circle that has one answer, wherever it is cut.
#pragma once

#include <cstdint>

namespace handwave::model {

using Number = std::uint32_t;

/// low =< number =< high
constexpr bool between(Number low, Number number, Number high) { return number - low <= high - low; }
/// start =< number < start + size
constexpr bool in_window(Number number, Number start, std::uint32_t size) { return number - start < size; }
/// How many numbers `to` lies ahead of `from`; none if it lies behind.
constexpr std::uint32_t ahead(Number from, Number to) { return to - from < 0x8000'0000 ? to - from : 0; }

}  // namespace handwave::model
