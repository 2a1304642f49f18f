#include "apps/services.hpp"

#include <utility>

namespace handwave {

Task<void> accept_each(Sockets& sockets, Listener listener, Service service) {
  while (true) {
    auto stream = co_await listener.accept();
    if (!stream) co_return;
    sockets.start(service(*std::move(stream)));
  }
}

}  // namespace handwave
