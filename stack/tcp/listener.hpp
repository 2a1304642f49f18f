// Passive OPENs: RFC 9293 §3.10.1, §3.9.1.1. Who listens where, and which connections wait to be accepted.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <system_error>
#include <vector>

#include "stack/config.hpp"
#include "stack/error.hpp"
#include "stack/event.hpp"

namespace handwave::tcp {

struct Listener {
  ListenerId id;
  Endpoint local;
  ListenOptions options;
  std::vector<ConnectionId> waiting;  ///< established, not accepted yet; the oldest first
  bool told = false;                  ///< an `acceptable` event is on its way
};

/// All listeners of a stack. A value.
class Listeners {
 public:
  /// Errors: address_in_use. MUST-41: no connection is disturbed. MUST-42: connections with that local port do not
  /// matter.
  std::expected<ListenerId, std::error_code> open(const Endpoint& local, const ListenOptions& options);
  [[nodiscard]] Listener* find(ListenerId id);
  /// Whoever listens on that local socket: on its very address before on all addresses of its family.
  [[nodiscard]] Listener* find(const Endpoint& local);
  [[nodiscard]] const Listener* find(const Endpoint& local) const { return const_cast<Listeners*>(this)->find(local); }
  void close(ListenerId id);

 private:
  std::map<Endpoint, std::uint32_t> by_socket_;
  std::map<std::uint32_t, Listener> by_index_;
  std::uint32_t opened_ = 0;
};

}  // namespace handwave::tcp
