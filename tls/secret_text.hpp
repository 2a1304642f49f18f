// Text that leaves nothing behind in memory when it goes: private keys as PEM.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace handwave::tls {

/// Makes them zeros, also where a compiler finds that nobody will read them.
void wipe(void* octets, std::size_t count);

/// Wipes what it gives back to `Base`, and so whatever a growing container leaves behind on its way, too.
template <class T, class Base = std::allocator<T>>
class WipingAllocator : private Base {
 public:
  using value_type = T;
  template <class U>
  struct rebind {
    using other = WipingAllocator<U, typename std::allocator_traits<Base>::template rebind_alloc<U>>;
  };

  WipingAllocator() = default;
  template <class U, class OtherBase>
  explicit(false) WipingAllocator(const WipingAllocator<U, OtherBase>& /*other*/) {}

  [[nodiscard]] T* allocate(std::size_t count) { return Base::allocate(count); }
  void deallocate(T* place, std::size_t count) {
    wipe(place, count * sizeof(T));
    Base::deallocate(place, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

/// A string of any length that a key has: a handful of characters, which std::string keeps in itself, is none.
using SecretText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

}  // namespace handwave::tls
