#include "stack/tcp/ephemeral_port.hpp"

#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

EphemeralPorts::Start EphemeralPorts::start_for(SipKey key, const IpAddress& local, const Endpoint& remote) {
  // F and G are the two halves of one keyed hash, as independent of each other as those of two keys.
  const std::uint64_t hash = tuple_hash(key, {{local, 0}, remote});
  return {static_cast<std::uint32_t>(hash >> 32) % count, static_cast<std::uint32_t>(hash) % counter_count};
}

}  // namespace handwave::tcp
