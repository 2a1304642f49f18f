// Discard: RFC 863.
#include "apps/services.hpp"

namespace handwave {

Task<void> serve_discard(Sockets& sockets, Stream stream) {
  while (true) {
    const auto octets = co_await stream.read_idle(SIZE_MAX, sockets.now() + service_patience);
    if (!octets || octets->empty()) co_return;
  }
}

}  // namespace handwave
