// Sequence numbers: RFC 9293 §3.4, comparisons on a circle.
#include "stack/wire/seq.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/dice.hpp"

using namespace handwave;
using handwave::test::Dice;

namespace {

template <class T>
concept Defined = requires { sizeof(T); };
static_assert(Defined<std::less<int>> && !Defined<std::less<Seq>>, "no ordered container holds sequence numbers");

}  // namespace

TEST_CASE("RFC 9293 (3.4): comparisons hold across 2^31 and 2^32", "[seq]") {
  for (const std::uint32_t base : {0U, 5U, 0x7fffffffU, 0x80000000U, 0xfffffff0U, 0xffffffffU}) {
    CAPTURE(base);
    const Seq place{base};
    CHECK(place == Seq{base});
    CHECK(place <= place);
    CHECK(place >= place);
    CHECK_FALSE(place < place);
    for (const std::uint32_t ahead : {1U, 20U, 0x7fffffffU}) {
      CAPTURE(ahead);
      CHECK(place < place + ahead);
      CHECK(place <= place + ahead);
      CHECK(place + ahead > place);
      CHECK_FALSE(place + ahead <= place);
      CHECK((place + ahead) - place == static_cast<std::int32_t>(ahead));
      CHECK(place - (place + ahead) == -static_cast<std::int32_t>(ahead));
      CHECK(later(place, place + ahead) == place + ahead);
      CHECK(earlier(place + ahead, place) == place);
      CHECK((place + ahead) - ahead == place);
    }
  }
}

TEST_CASE("A place is in a window from its start up to, not including, its end", "[seq]") {
  for (const std::uint32_t start : {0U, 0x7fffff00U, 0xffffff00U}) {
    CAPTURE(start);
    CHECK(in_window(Seq{start}, Seq{start}, 1));
    CHECK(in_window(Seq{start} + 999, Seq{start}, 1000));
    CHECK_FALSE(in_window(Seq{start} + 1000, Seq{start}, 1000));
    CHECK_FALSE(in_window(Seq{start} - 1, Seq{start}, 1000));
    CHECK_FALSE(in_window(Seq{start}, Seq{start}, 0));
    CHECK(in_window(Seq{start} + 0xfffffffe, Seq{start}, 0xffffffff));
  }
}

TEST_CASE("Order is that of distances below half the circle, wherever it begins", "[seq]") {
  Dice dice(21);
  for (int round = 0; round < 20000; ++round) {
    const Seq place{dice.near_a_wrap()};
    const auto distance = static_cast<std::uint32_t>(dice.between(1, 0x7fffffff));
    REQUIRE(place < place + distance);
    REQUIRE_FALSE(place + distance < place);
    REQUIRE(in_window(place + (distance - 1), place, distance));
    REQUIRE_FALSE(in_window(place + distance, place, distance));
  }
}
