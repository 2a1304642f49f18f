// Sequence numbers: RFC 9293 §3.4. A circle of 2^32 numbers, on which "less" only means "less than half a turn behind".
#pragma once

#include <cstdint>
#include <functional>

namespace handwave {

/// A place on the circle. It has no `<=>` and no `std::less`: circular order is not transitive, so nothing may be
/// sorted by it. A place plus a number of octets is a place; the difference of two places is a signed distance.
class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint32_t value) : value_(value) {}

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }

  constexpr Seq& operator+=(std::uint32_t octets) {
    value_ += octets;
    return *this;
  }
  friend constexpr Seq operator+(Seq a, std::uint32_t octets) { return Seq{a.value_ + octets}; }
  friend constexpr Seq operator-(Seq a, std::uint32_t octets) { return Seq{a.value_ - octets}; }
  /// How far `a` lies ahead of `b`: positive if ahead, negative if behind.
  friend constexpr std::int32_t operator-(Seq a, Seq b) { return static_cast<std::int32_t>(a.value_ - b.value_); }

  friend constexpr bool operator==(Seq, Seq) = default;
  friend constexpr bool operator<(Seq a, Seq b) { return a - b < 0; }
  friend constexpr bool operator<=(Seq a, Seq b) { return a - b <= 0; }
  friend constexpr bool operator>(Seq a, Seq b) { return b < a; }
  friend constexpr bool operator>=(Seq a, Seq b) { return b <= a; }

 private:
  std::uint32_t value_ = 0;
};

/// The later of two places.
constexpr Seq later(Seq a, Seq b) { return a < b ? b : a; }
/// The earlier of two places.
constexpr Seq earlier(Seq a, Seq b) { return a < b ? a : b; }
/// True if `place` is among the `size` octets from `start` on: start =< place < start + size.
constexpr bool in_window(Seq place, Seq start, std::uint32_t size) { return place.value() - start.value() < size; }

}  // namespace handwave

template <>
struct std::less<handwave::Seq>;  // never defined: a std::map of sequence numbers does not compile
