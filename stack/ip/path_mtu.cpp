// Learning, bounding and forgetting path MTUs: RFC 1191 §6, §7.
#include "stack/ip/path_mtu.hpp"

#include <algorithm>
#include <array>

namespace handwave::ip {

std::uint16_t PathMtus::of(const IpAddress& remote) const {
  const auto entry = entries_.find(remote);
  return entry == entries_.end() ? interface_mtu_ : entry->second.mtu;
}

bool PathMtus::may_fragment(const IpAddress& remote) const {
  const auto entry = entries_.find(remote);
  return entry != entries_.end() && entry->second.may_fragment;
}

bool PathMtus::lower(Instant now, const IpAddress& remote, std::uint16_t mtu) {
  // RFC 8201 §4: a report below the minimum link MTU must be discarded.
  if (remote.is_v6() && mtu < floor_v6) return false;
  const bool below_floor = remote.is_v4() && mtu < floor_v4;
  const std::uint16_t believed = below_floor ? floor_v4 : mtu;

  const auto known = entries_.find(remote);
  const std::uint16_t current = of(remote);
  const bool smaller = believed < current;
  const bool newly_fragmented = below_floor && !may_fragment(remote);
  if (!smaller && !newly_fragmented) {
    // Never raised by a router's word (RFC 1191 §6.3), but a report of the same size shows that it still holds.
    if (known != entries_.end() && believed == current) {
      known->second.expires = now + lifetime;
      update_next_expiry();
    }
    return false;
  }
  if (known == entries_.end() && entries_.size() == capacity) forget_oldest();
  entries_[remote] = {std::min(believed, current), below_floor, now + lifetime};
  update_next_expiry();
  return true;
}

void PathMtus::handle_timeout(Instant now) {
  if (!next_expiry_ || now < *next_expiry_) return;
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires <= now; });
  update_next_expiry();
}

std::optional<Instant> PathMtus::poll_timeout() const { return next_expiry_; }

void PathMtus::forget_oldest() {
  const auto oldest = std::ranges::min_element(
      entries_, [](const auto& a, const auto& b) { return a.second.expires < b.second.expires; });
  entries_.erase(oldest);
}

void PathMtus::update_next_expiry() {
  next_expiry_.reset();
  for (const auto& [remote, entry] : entries_) {
    if (!next_expiry_ || entry.expires < *next_expiry_) next_expiry_ = entry.expires;
  }
}

std::uint16_t next_lower_plateau(std::uint16_t dropped_size) {
  // RFC 1191 table 7-1.
  constexpr std::array<std::uint16_t, 11> plateaus{65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
  const auto lower = std::ranges::find_if(plateaus, [&](std::uint16_t plateau) { return plateau < dropped_size; });
  return lower == plateaus.end() ? plateaus.back() : *lower;
}

}  // namespace handwave::ip
