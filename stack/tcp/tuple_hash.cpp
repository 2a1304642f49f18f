#include "stack/tcp/tuple_hash.hpp"

#include <algorithm>
#include <array>

#include "stack/expects.hpp"

namespace handwave::tcp {

std::uint64_t tuple_hash(SipKey key, const FourTuple& sockets, Bytes more) {
  constexpr std::size_t most = 16;
  expects(more.size() <= most, "there is room for what is hashed beside the sockets");
  std::array<std::uint8_t, 36 + most> message;
  std::uint8_t* to = message.data();
  to = std::ranges::copy(sockets.local.address.octets(), to).out;
  to = std::ranges::copy(sockets.remote.address.octets(), to).out;
  store_be16(to, sockets.local.port);
  store_be16(to + 2, sockets.remote.port);
  to = std::ranges::copy(more, to + 4).out;
  return siphash(key, {message.data(), to});
}

}  // namespace handwave::tcp
