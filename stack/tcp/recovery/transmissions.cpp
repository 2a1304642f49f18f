#include "stack/tcp/recovery/transmissions.hpp"

namespace handwave::tcp {

void Transmissions::sent(Instant now, Seq begin, Seq end) {
  if (sent_.empty()) {
    begin_ = begin;
  } else if (sent_.back().at == now || sent_.size() >= max_entries) {
    sent_.back() = {now, end};
    return;
  }
  sent_.push_back({now, end});
}

void Transmissions::acknowledged(Seq una) {
  while (!sent_.empty() && sent_.front().end <= una) begin_ = sent_.pop_front().end;
}

std::optional<Transmission> Transmissions::of(Seq place) const {
  if (sent_.empty() || place < begin_ || sent_.back().end <= place) return std::nullopt;
  std::size_t low = 0;  // sent_[high] ends beyond the place, and no entry before `low` does
  for (std::size_t high = sent_.size() - 1; low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (sent_[middle].end <= place)
      low = middle + 1;
    else
      high = middle;
  }
  return sent_[low];
}

}  // namespace handwave::tcp
