#include "stack/tcp/listener.hpp"

#include <array>

namespace handwave::tcp {

std::expected<ListenerId, std::error_code> Listeners::open(const Endpoint& local, const ListenOptions& options) {
  if (by_socket_.contains(local)) return std::unexpected(TcpError::address_in_use);
  ++opened_;
  const ListenerId id{opened_, 1};
  by_socket_.emplace(local, id.index);
  by_index_.emplace(id.index, Listener{.id = id, .local = local, .options = options, .waiting = {}, .told = false});
  return id;
}

Listener* Listeners::find(ListenerId id) {
  const auto found = by_index_.find(id.index);
  return found != by_index_.end() && found->second.id == id ? &found->second : nullptr;
}

Listener* Listeners::find(const Endpoint& local) {
  const IpAddress any = local.address.is_v4() ? IpAddress{} : IpAddress::from_octets(std::array<std::uint8_t, 16>{});
  for (const Endpoint& socket : {local, Endpoint{any, local.port}})
    if (const auto found = by_socket_.find(socket); found != by_socket_.end()) return &by_index_.at(found->second);
  return nullptr;
}

void Listeners::close(ListenerId id) {
  const Listener* listener = find(id);
  if (listener == nullptr) return;
  by_socket_.erase(listener->local);
  by_index_.erase(id.index);
}

}  // namespace handwave::tcp
