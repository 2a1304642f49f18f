// Echo: RFC 862.
#include <utility>

#include "apps/services.hpp"

namespace handwave {

Task<void> serve_echo(Sockets& sockets, Stream stream) {
  while (true) {
    auto octets = co_await stream.read_idle(SIZE_MAX, sockets.now() + service_patience);
    if (!octets || octets->empty()) co_return;
    const auto written = co_await stream.write(*std::move(octets), sockets.now() + service_patience);
    if (!written) co_return stream.abort();
  }
}

}  // namespace handwave
