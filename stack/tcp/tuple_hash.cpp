#include "stack/tcp/tuple_hash.hpp"

#include <algorithm>
#include <array>

namespace handwave::tcp {

std::uint64_t tuple_hash(SipKey key, const FourTuple& sockets) {
  std::array<std::uint8_t, 36> message;
  std::uint8_t* to = message.data();
  to = std::ranges::copy(sockets.local.address.octets(), to).out;
  to = std::ranges::copy(sockets.remote.address.octets(), to).out;
  store_be16(to, sockets.local.port);
  store_be16(to + 2, sockets.remote.port);
  return siphash(key, {message.data(), to + 4});
}

}  // namespace handwave::tcp
