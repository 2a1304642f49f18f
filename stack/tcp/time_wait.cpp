#include "stack/tcp/time_wait.hpp"

#include "stack/expects.hpp"
#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

std::optional<std::uint32_t> TimeWaitTable::place_of(const FourTuple& sockets) const {
  return index_.find(tuple_hash(key_, sockets),
                     [&](std::uint32_t place) { return slots_[place].entry.sockets == sockets; });
}

TimeWaitEntry* TimeWaitTable::find(const FourTuple& sockets) {
  const auto place = place_of(sockets);
  return place ? &slots_[*place].entry : nullptr;
}

const TimeWaitEntry* TimeWaitTable::find(const FourTuple& sockets) const {
  const auto place = place_of(sockets);
  return place ? &slots_[*place].entry : nullptr;
}

bool TimeWaitTable::insert(const TimeWaitEntry& entry) {
  expects(!place_of(entry.sockets), "a connection enters TIME-WAIT once");
  if (limit_ == 0) return true;
  const bool full = size() >= limit_;
  if (full) erase_at(oldest_);
  auto place = free_;
  if (place == none) {
    place = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back({entry, none, none});
  } else {
    free_ = slots_[place].newer;
    slots_[place].entry = entry;
  }
  index_.insert(tuple_hash(key_, entry.sockets), place);
  link_as_newest(place);
  return full;
}

void TimeWaitTable::restart(TimeWaitEntry& entry, Instant deadline) {
  entry.deadline = deadline;
  const auto place = place_of(entry.sockets);
  expects(place.has_value(), "what is restarted is in the table");
  unlink(*place);
  link_as_newest(*place);
}

void TimeWaitTable::erase(const FourTuple& sockets) {
  if (const auto place = place_of(sockets)) erase_at(*place);
}

std::optional<Instant> TimeWaitTable::next_deadline() const {
  return oldest_ == none ? std::nullopt : std::optional{slots_[oldest_].entry.deadline};
}

void TimeWaitTable::link_as_newest(std::uint32_t place) {
  slots_[place].older = newest_;
  slots_[place].newer = none;
  (newest_ == none ? oldest_ : slots_[newest_].newer) = place;
  newest_ = place;
}

void TimeWaitTable::unlink(std::uint32_t place) {
  const auto [older, newer] = std::pair{slots_[place].older, slots_[place].newer};
  (older == none ? oldest_ : slots_[older].newer) = newer;
  (newer == none ? newest_ : slots_[newer].older) = older;
}

void TimeWaitTable::erase_at(std::uint32_t place) {
  index_.erase(tuple_hash(key_, slots_[place].entry.sockets), place);
  unlink(place);
  slots_[place].entry.route.reset();
  slots_[place].newer = free_;
  free_ = place;
}

}  // namespace handwave::tcp
