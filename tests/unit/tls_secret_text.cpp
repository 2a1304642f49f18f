// Text that leaves nothing behind: what it gives back to the heap is zeros.
#include "tls/secret_text.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "apps/certificate_files.hpp"

namespace {

using namespace handwave;

struct Returned {
  std::size_t places = 0;
  std::size_t octets = 0;
  bool all_wiped = true;
};
Returned returned;

/// Looks at what comes back.
template <class T>
struct Watching : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Watching<U>;
  };
  Watching() = default;
  template <class U>
  explicit(false) Watching(const Watching<U>& /*other*/) {}
  void deallocate(T* place, std::size_t count) {
    ++returned.places;
    returned.octets += count;
    returned.all_wiped = returned.all_wiped && std::all_of(place, place + count, [](T one) { return one == T{}; });
    std::allocator<T>::deallocate(place, count);
  }
};
using WatchedText = std::basic_string<char, std::char_traits<char>, tls::WipingAllocator<char, Watching<char>>>;

}  // namespace

TEST_CASE("Octets that are wiped are zeros", "[tls][secret]") {
  std::array<unsigned char, 5> octets = {1, 2, 3, 4, 5};
  tls::wipe(octets.data(), 4);
  CHECK(octets == std::array<unsigned char, 5>{0, 0, 0, 0, 5});
  tls::wipe(nullptr, 0);
}

TEST_CASE("A secret text wipes what it outgrows, what is assigned over it, and at last itself", "[tls][secret]") {
  returned = {};
  {
    WatchedText text(100, 'k');
    for (int i = 0; i < 1000; ++i) text += "more of the key ";
    WatchedText moved = std::move(text);
    WatchedText other(200, 'o');
    other = std::move(moved);
    other = WatchedText(30000, 'x');
  }
  CHECK(returned.places >= 5);
  CHECK(returned.octets > 2 * 16000);
  CHECK(returned.all_wiped);
}

TEST_CASE("Keys are in secret texts, whether read from a file or made", "[tls][secret]") {
  STATIC_CHECK(std::is_same_v<decltype(read_file("", "")), tls::SecretText>);
  STATIC_CHECK(std::is_same_v<decltype(tls::MadeCertificate::key), tls::SecretText>);
}
