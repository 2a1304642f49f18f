#include "stack/tcp/deadlines.hpp"

#include <algorithm>

namespace handwave::tcp {

void Deadlines::set(std::uint32_t id, Instant when) {
  if (id >= places_.size()) places_.resize(std::size_t{id} + 1, nowhere);
  std::uint32_t place = places_[id];
  if (place == nowhere) {
    place = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({when, id});
    sift_up(place, {when, id});
  } else if (when < heap_[place].when) {
    sift_up(place, {when, id});
  } else {
    sift_down(place, {when, id});
  }
}

void Deadlines::set_at_most(std::uint32_t id, Instant when) {
  const std::uint32_t place = place_of(id);
  if (place == nowhere || when < heap_[place].when) set(id, when);
}

void Deadlines::clear(std::uint32_t id) {
  const std::uint32_t place = place_of(id);
  if (place != nowhere) remove_at(place);
}

std::optional<Instant> Deadlines::at(std::uint32_t id) const {
  const std::uint32_t place = place_of(id);
  return place == nowhere ? std::nullopt : std::optional{heap_[place].when};
}

std::optional<Instant> Deadlines::next() const {
  return heap_.empty() ? std::nullopt : std::optional{heap_.front().when};
}

std::optional<std::uint32_t> Deadlines::due(Instant now) const {
  return heap_.empty() || heap_.front().when > now ? std::nullopt : std::optional{heap_.front().id};
}

std::optional<std::uint32_t> Deadlines::pop_due(Instant now) {
  const std::optional<std::uint32_t> id = due(now);
  if (id) remove_at(0);
  return id;
}

void Deadlines::put(std::uint32_t place, Entry entry) {
  heap_[place] = entry;
  places_[entry.id] = place;
}

/// Puts the entry at `place`, or wherever above it the order wants it.
void Deadlines::sift_up(std::uint32_t place, Entry entry) {
  while (place != 0) {
    const std::uint32_t parent = (place - 1) / 4;
    if (heap_[parent].when <= entry.when) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

/// Puts the entry at `place`, or wherever below it the order wants it.
void Deadlines::sift_down(std::uint32_t place, Entry entry) {
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = 4 * place + 1;
    if (first >= size) break;
    const auto children = heap_.begin() + first;
    const auto least = std::ranges::min_element(children, heap_.begin() + std::min(first + 4, size), {}, &Entry::when);
    if (entry.when <= least->when) break;
    put(place, *least);
    place = static_cast<std::uint32_t>(least - heap_.begin());
  }
  put(place, entry);
}

/// The last entry takes the place of the one that goes.
void Deadlines::remove_at(std::uint32_t place) {
  places_[heap_[place].id] = nowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (place != 0 && last.when < heap_[(place - 1) / 4].when) {
    sift_up(place, last);
  } else {
    sift_down(place, last);
  }
}

}  // namespace handwave::tcp
