#include "stack/tcp/buffer_tuning.hpp"

namespace handwave::tcp {

std::uint32_t BufferBudget::grow(std::uint32_t current, std::uint32_t wanted) {
  if (wanted <= current) return current;
  const auto taken = static_cast<std::uint32_t>(std::min<std::size_t>(wanted - current, left_));
  left_ -= taken;
  return current + taken;
}

void ReceiveTuning::begin(Instant now, Seq consumed) {
  since_ = now;
  from_ = consumed;
}

std::uint32_t ReceiveTuning::receive_buffer(Instant now, Seq consumed, Duration round_trip, std::uint32_t current,
                                            const BufferSize& size) {
  const Duration passed = now - since_;
  if (current >= size.limit || round_trip < shortest_path || passed < round_trip) return current;
  const double octets = std::max(0, consumed - from_);
  begin(now, consumed);
  // The peer's window may double in the next round trip, as it does in slow start.
  const double wanted = 2 * octets * (std::chrono::duration<double>(round_trip) / passed);
  return std::max(current, static_cast<std::uint32_t>(std::min<double>(wanted, size.limit)));
}

}  // namespace handwave::tcp
