// Keeping fragments until they make a datagram: RFC 1122 §3.3.2, RFC 8200 §4.5.
#include "stack/ip/reassembly.hpp"

#include <algorithm>
#include <utility>

#include "stack/expects.hpp"

namespace handwave::ip {
namespace {

constexpr std::uint8_t seen_bit(wire::EcnField codepoint) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(codepoint));
}

std::uint32_t end_of(const Fragment& fragment) {
  return fragment.offset + static_cast<std::uint32_t>(fragment.payload.size());
}

using Fragments = std::map<std::uint32_t, Slice>;

std::uint32_t end_of(Fragments::const_iterator held) {
  return held->first + static_cast<std::uint32_t>(held->second.size());
}

bool is_duplicate(const Fragments& held, const Fragment& fragment) {
  const auto same_place = held.find(fragment.offset);
  return same_place != held.end() && std::ranges::equal(same_place->second.bytes(), fragment.payload);
}

bool overlaps(const Fragments& held, const Fragment& fragment) {
  const auto after = held.lower_bound(fragment.offset);
  if (after != held.end() && after->first < end_of(fragment)) return true;
  return after != held.begin() && end_of(std::prev(after)) > fragment.offset;
}

/// True if the fragment and the fragments held cannot agree about where the datagram ends.
bool contradicts_end(const Fragments& held, std::optional<std::uint32_t> payload_size, const Fragment& fragment) {
  if (payload_size && (end_of(fragment) > *payload_size || !fragment.more_fragments)) return true;
  return !fragment.more_fragments && !held.empty() && end_of(std::prev(held.end())) > end_of(fragment);
}

}  // namespace

FragmentFault fault_of(const Fragment& fragment) {
  if (fragment.payload.empty()) return FragmentFault::empty;
  if (fragment.more_fragments && fragment.payload.size() % 8 != 0) return FragmentFault::ragged;
  if (end_of(fragment) > fragment.max_payload) return FragmentFault::too_long;
  return FragmentFault::none;
}

std::optional<WholeDatagram> Reassembly::add(Instant now, const Fragment& fragment, Counters& counters) {
  expects(fault_of(fragment) == FragmentFault::none, "faulty fragments are refused before");
  const Age age = find_or_begin(now, fragment.key);
  Datagram& datagram = datagrams_.at(age);
  if (datagram.dead) {
    counters.add(Counter::fragments_invalid);
    return std::nullopt;
  }
  if (is_duplicate(datagram.fragments, fragment)) {
    datagram.ecn_seen |= seen_bit(fragment.ecn);  // RFC 3168 §5.3: no indication of congestion is lost
    counters.add(Counter::fragments_duplicate);
    return std::nullopt;
  }
  // RFC 5722 §3, RFC 8200 §4.5: the whole datagram goes, and no ICMP error is sent.
  if (overlaps(datagram.fragments, fragment) || contradicts_end(datagram.fragments, datagram.payload_size, fragment) ||
      datagram.fragments.size() == max_fragments) {
    counters.add(Counter::fragments_invalid);
    kill(datagram);
    return std::nullopt;
  }
  keep(datagram, fragment);
  if (datagram.payload_held == datagram.payload_size) return complete(age, counters);
  drop_over_limit(counters);
  return std::nullopt;
}

Reassembly::Age Reassembly::find_or_begin(Instant now, const FragmentKey& key) {
  const auto [place, is_new] = ages_.try_emplace(key, next_age_);
  if (is_new) {
    Datagram datagram;
    datagram.key = key;
    datagram.deadline = now + time_limit;
    datagrams_.emplace_hint(datagrams_.end(), next_age_++, std::move(datagram));
    octets_held_ += datagram_cost;
  }
  return place->second;
}

void Reassembly::keep(Datagram& datagram, const Fragment& fragment) {
  datagram.fragments.emplace(fragment.offset, Slice::copy_of(fragment.payload));
  datagram.payload_held += static_cast<std::uint32_t>(fragment.payload.size());
  datagram.ecn_seen |= seen_bit(fragment.ecn);
  std::size_t cost = fragment.payload.size() + fragment_cost;
  if (!fragment.more_fragments) datagram.payload_size = end_of(fragment);
  if (fragment.offset == 0) {
    datagram.headers = Slice::copy_of(fragment.headers);
    datagram.headers_kept = fragment.headers_kept;
    datagram.protocol_position = fragment.protocol_position;
    datagram.protocol = fragment.protocol;
    datagram.max_payload = fragment.max_payload;
    cost += fragment.headers.size();
  }
  datagram.cost += cost;
  octets_held_ += cost;
}

/// Every octet from 0 to the end is there: nothing overlaps, and as many are held as the datagram has.
std::optional<WholeDatagram> Reassembly::complete(Age age, Counters& counters) {
  const Datagram datagram = std::move(datagrams_.at(age));
  const bool marked = (datagram.ecn_seen & seen_bit(wire::EcnField::ce)) != 0;
  // RFC 3168 §5.3: marked fragments beside fragments that could not be marked: somebody erred, drop.
  const bool bad_marks = marked && (datagram.ecn_seen & seen_bit(wire::EcnField::not_ect)) != 0;
  // The first fragment, which decides, may have longer headers than the others had.
  const bool too_long = datagram.payload_held > datagram.max_payload;
  erase(age);
  if (bad_marks || too_long) {
    counters.add(Counter::fragments_invalid);
    return std::nullopt;
  }
  counters.add(Counter::fragments_reassembled);

  const std::size_t size = datagram.headers_kept + datagram.payload_held;
  const Block block = Block::allocate(size);
  std::memcpy(block.data(), datagram.headers.data(), datagram.headers_kept);
  block.data()[datagram.protocol_position] = datagram.protocol;
  for (const auto& [offset, payload] : datagram.fragments) {
    std::memcpy(block.data() + datagram.headers_kept + offset, payload.data(), payload.size());
  }
  return WholeDatagram{Slice{block, 0, size}, datagram.headers_kept, marked};
}

void Reassembly::kill(Datagram& datagram) {
  octets_held_ -= datagram.cost - datagram_cost;
  datagram.cost = datagram_cost;
  datagram.dead = true;
  datagram.fragments.clear();
  datagram.headers = {};
}

void Reassembly::erase(Age age) {
  const auto place = datagrams_.find(age);
  octets_held_ -= place->second.cost;
  ages_.erase(place->second.key);
  datagrams_.erase(place);
}

/// The oldest go first: what a flood of fragments left behind must not keep an honest datagram out for a minute.
void Reassembly::drop_over_limit(Counters& counters) {
  while (octets_held_ > limit_) {
    counters.add(Counter::fragments_over_limit, datagrams_.begin()->second.fragments.size());
    erase(datagrams_.begin()->first);
  }
}

std::vector<ExpiredDatagram> Reassembly::handle_timeout(Instant now, Counters& counters) {
  std::vector<ExpiredDatagram> expired;
  while (!datagrams_.empty() && datagrams_.begin()->second.deadline <= now) {
    const auto& [age, datagram] = *datagrams_.begin();
    if (!datagram.dead) counters.add(Counter::fragments_timed_out);
    const auto first = datagram.fragments.find(0);
    if (first != datagram.fragments.end()) {
      const std::size_t headers = datagram.headers.size();
      const Block block = Block::allocate(headers + first->second.size());
      std::memcpy(block.data(), datagram.headers.data(), headers);
      std::memcpy(block.data() + headers, first->second.data(), first->second.size());
      expired.push_back({datagram.key.source, datagram.key.destination, {block, 0, headers + first->second.size()}});
    }
    erase(age);
  }
  return expired;
}

std::optional<Instant> Reassembly::poll_timeout() const {
  if (datagrams_.empty()) return std::nullopt;
  return datagrams_.begin()->second.deadline;
}

}  // namespace handwave::ip
