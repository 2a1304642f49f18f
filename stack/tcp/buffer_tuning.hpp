// How large buffers should be: what a path holds in a round trip, twice, so that neither the offered window (RFC 9293
// §3.8.6) nor the send queue limits what congestion control would send. RFC 7323 §1.1 says why windows have to be
// large.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "stack/config.hpp"
#include "stack/time.hpp"
#include "stack/wire/seq.hpp"

namespace handwave::tcp {

/// A shorter round trip is this machine's own time: more in flight would displace caches, and bring nothing.
inline constexpr Duration shortest_path = std::chrono::milliseconds{1};

/// What buffers may grow by in all, over all connections: what is left of it.
class BufferBudget {
 public:
  explicit BufferBudget(std::size_t octets) : left_(octets) {}
  /// How large a buffer may be that holds `current` octets, where `wanted` would be of use. The difference is taken.
  std::uint32_t grow(std::uint32_t current, std::uint32_t wanted);
  /// Of a connection that has ended.
  void give_back(std::size_t octets) { left_ += octets; }

 private:
  std::size_t left_;
};

/// The send buffer for a congestion window of that many octets: one window in flight, and the next one written.
inline std::uint32_t send_buffer_for(std::uint32_t cwnd, std::uint32_t current, const BufferSize& size) {
  const std::uint64_t wanted = std::max<std::uint64_t>(current, std::uint64_t{2} * cwnd);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, std::max(current, size.limit)));
}

/// Watches how much the application reads in a round trip. What it does not read makes no window larger.
class ReceiveTuning {
 public:
  /// The connection is established, and the first octet to read is `consumed`.
  void begin(Instant now, Seq consumed);
  /// The receive buffer, now that everything before `consumed` was read and a round trip takes `round_trip`.
  std::uint32_t receive_buffer(Instant now, Seq consumed, Duration round_trip, std::uint32_t current,
                               const BufferSize& size);

 private:
  Instant since_{};  ///< when the measurement began,
  Seq from_;         ///< and where
};

}  // namespace handwave::tcp
