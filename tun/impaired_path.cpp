#include "tun/impaired_path.hpp"

#include <algorithm>

#include "stack/wire/ecn.hpp"
#include "tun/deadline.hpp"

namespace handwave {
namespace {

BottleneckQueue queue_of(const Impairment& impairment) {
  if (impairment.rate == 0) return {0, {}};
  const Duration ten = BottleneckQueue::transmission_time(ImpairedPath::minimum_queue, impairment.rate);
  return {impairment.rate, impairment.queue.value_or(std::max(ImpairedPath::queue_limit, ten))};
}

Secret another(Secret secret) {
  secret.front() ^= 1;
  return secret;
}

}  // namespace

ImpairedPath::ImpairedPath(const Impairment& impairment, const Secret& secret)
    : impairment_(impairment), random_(secret), marking_(another(secret)), queue_(queue_of(impairment)) {}

bool ImpairedPath::chance(Random& random, double share) {
  // A throw for each question, asked or not: changing one share leaves the fates by the others as they were.
  constexpr double denominator = 1 << 30;
  return static_cast<double>(random.below(1 << 30)) < share * denominator;
}

/// RFC 3168 §5: only what is ECN-capable.
void ImpairedPath::mark(PacketOnPath& packet) {
  if (!chance(marking_, impairment_.mark) || wire::ecn_field_of(packet.octets) == wire::EcnField::not_ect) return;
  wire::set_ecn_field(packet.octets, wire::EcnField::ce);
  ++counters_.marked;
}

void ImpairedPath::corrupt(PacketOnPath& packet) {
  const std::uint64_t bit = random_.below(packet.octets.size() * 8);
  packet.octets[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  packet.checksum_verified = false;
  ++counters_.corrupted;
}

std::optional<Instant> ImpairedPath::arrival(Instant now, std::size_t size) {
  const std::optional<Instant> left = queue_.add(now, size);
  if (!left) return std::nullopt;
  const auto jitter = static_cast<std::uint64_t>(impairment_.jitter.count());
  const Instant at = *left + impairment_.delay + Duration{static_cast<Duration::rep>(random_.below(jitter + 1))};
  return last_arrival_ = std::max(at, last_arrival_);
}

void ImpairedPath::push(Instant now, PacketOnPath packet) {
  if (packet.octets.empty()) return;
  ++counters_.packets;
  const bool lose = chance(random_, impairment_.loss);
  const bool damage = chance(random_, impairment_.corrupt);
  const bool twice = chance(random_, impairment_.duplicate);
  const bool late = chance(random_, impairment_.reorder);
  const std::uint64_t overtaking = 1 + random_.below(max_overtaking);
  if (lose) {
    ++counters_.lost;
    return;
  }
  const std::optional<Instant> at = arrival(now, packet.octets.size());
  if (!at) {
    ++counters_.queue_full;
    return;
  }
  mark(packet);
  if (damage) corrupt(packet);
  if (late) {
    ++counters_.reordered;
    if (impairment_.detour > Duration{})
      deliver(*at + impairment_.detour, std::move(packet));
    else
      held_.emplace(*at + max_holding, Held{overtaking, std::move(packet)});
    return;
  }
  if (twice) {
    ++counters_.duplicated;
    deliver(*at, packet);
  }
  deliver(*at, std::move(packet));
  overtake_held(*at);
}

void ImpairedPath::overtake_held(Instant at) {
  for (auto it = held_.begin(); it != held_.end();) {
    if (--it->second.overtaking == 0) {
      deliver(at, std::move(it->second.packet));
      it = held_.erase(it);
    } else {
      ++it;
    }
  }
}

std::optional<PacketOnPath> ImpairedPath::pop(Instant now) {
  while (!held_.empty() && held_.begin()->first <= now) {
    deliver(held_.begin()->first, std::move(held_.begin()->second.packet));
    held_.erase(held_.begin());
  }
  if (arriving_.empty() || arriving_.begin()->first > now) return std::nullopt;
  PacketOnPath packet = std::move(arriving_.begin()->second);
  arriving_.erase(arriving_.begin());
  return packet;
}

std::optional<Instant> ImpairedPath::next() const {
  std::optional<Instant> arriving;
  std::optional<Instant> held;
  if (!arriving_.empty()) arriving = arriving_.begin()->first;
  if (!held_.empty()) held = held_.begin()->first;
  return earlier(arriving, held);
}

}  // namespace handwave
