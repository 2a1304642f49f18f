// A value on the heap that is copied like one in place.
#include "stack/indirect.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <utility>

namespace handwave {

TEST_CASE("An indirect value is copied with its owner, and moved with it", "[vocabulary]") {
  Indirect<std::string> a;
  CHECK_FALSE(a);
  a.emplace("text");
  Indirect<std::string> b = a;
  *b += "s";
  CHECK(*a == "text");
  CHECK(*b == "texts");
  a = b;
  CHECK(*a == "texts");
  CHECK(b->size() == 5);
  const Indirect<std::string> c = std::move(b);
  CHECK(c->size() == 5);
  a.reset();
  CHECK_FALSE(a);
  a = Indirect<std::string>{};
  CHECK_FALSE(Indirect<std::string>(a));
}

}  // namespace handwave
