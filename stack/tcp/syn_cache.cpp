#include "stack/tcp/syn_cache.hpp"

#include "stack/expects.hpp"
#include "stack/tcp/tuple_hash.hpp"

namespace handwave::tcp {

std::optional<std::uint32_t> SynCache::place_of(const FourTuple& sockets) const {
  return index_.find(tuple_hash(key_, sockets),
                     [&](std::uint32_t place) { return entries_[place].sockets == sockets; });
}

HalfOpen* SynCache::find(const FourTuple& sockets) {
  const auto place = place_of(sockets);
  return place ? &entries_[*place] : nullptr;
}

const HalfOpen* SynCache::find(const FourTuple& sockets) const {
  const auto place = place_of(sockets);
  return place ? &entries_[*place] : nullptr;
}

HalfOpen* SynCache::insert(const HalfOpen& entry) {
  expects(!place_of(entry.sockets), "a half-open connection is cached once");
  if (size() >= limit_) return nullptr;
  auto place = static_cast<std::uint32_t>(entries_.size());
  if (free_.empty()) {
    entries_.push_back(entry);
  } else {
    place = free_.back();
    free_.pop_back();
    entries_[place] = entry;
  }
  index_.insert(tuple_hash(key_, entry.sockets), place);
  deadlines_.set(place, entry.deadline);
  return &entries_[place];
}

void SynCache::erase(const FourTuple& sockets) {
  if (const auto place = place_of(sockets)) erase_at(*place);
}

void SynCache::erase_at(std::uint32_t place) {
  index_.erase(tuple_hash(key_, entries_[place].sockets), place);
  deadlines_.clear(place);
  entries_[place].return_route.reset();
  free_.push_back(place);
}

HalfOpen* SynCache::due(Instant now) {
  const auto place = deadlines_.due(now);
  return place ? &entries_[*place] : nullptr;
}

void SynCache::reschedule(HalfOpen& entry, Instant deadline) {
  entry.deadline = deadline;
  deadlines_.set(static_cast<std::uint32_t>(&entry - entries_.data()), deadline);
}

std::size_t SynCache::memory() const {
  return entries_.capacity() * sizeof(HalfOpen) + free_.capacity() * sizeof(std::uint32_t) + index_.memory() +
         deadlines_.memory();
}

}  // namespace handwave::tcp
