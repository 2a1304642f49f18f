#include "stack/tcp/recovery/scoreboard.hpp"

namespace handwave::tcp {
namespace {

/// RFC 2883 §4: the first block tells of what arrived twice if it lies below the cumulative acknowledgment, or within
/// the second block.
bool begins_with_duplicate(const Acknowledgment& ack) {
  if (ack.blocks.empty()) return false;
  const wire::SackBlock& first = ack.blocks[0];
  if (first.right <= ack.ack) return first.left < first.right;
  return ack.blocks.size() > 1 && ack.blocks[1].left <= first.left && first.right <= ack.blocks[1].right;
}

}  // namespace

Scoreboard::Update Scoreboard::update(const Acknowledgment& ack, const Flight& flight) {
  Update update;
  update.duplicate_arrived = begins_with_duplicate(ack);
  if (ack.before < flight.una) {
    sacked_.each_gap(ack.before, flight.una, [&](Seq from, Seq to) { update.delivered += to.value() - from.value(); });
    sacked_.erase(ack.before, flight.una);
    lost_.erase(ack.before, flight.una);
  }
  for (const wire::SackBlock& block : ack.blocks) {
    if (block.left <= flight.una || block.right <= block.left || block.right > flight.nxt) continue;
    if (!has_room_for(block)) continue;
    const std::uint32_t before = sacked_.octets();
    sacked_.set(block.left, block.right, {});
    lost_.erase(block.left, block.right);
    update.newly_sacked += sacked_.octets() - before;
  }
  update.delivered += update.newly_sacked;
  return update;
}

/// A block that extends a range, or joins two, adds none.
bool Scoreboard::has_room_for(const wire::SackBlock& block) const {
  return sacked_.count() < max_ranges || sacked_.covers(block.left - 1) || sacked_.covers(block.right);
}

Seq Scoreboard::forget_sacked() {
  const Seq end = sacked_.back().end;
  sacked_.clear();
  return end;
}

/// "DupThresh discontiguous SACKed sequences have arrived above", or "more than (DupThresh - 1) * SMSS" octets: three
/// steps down from the top at most.
Seq Scoreboard::lost_before(const Flight& flight) const {
  std::uint32_t ranges = 0;
  std::uint32_t octets = 0;
  Seq place = flight.una;
  sacked_.each_downwards([&](const auto& range) {
    octets += range.end.value() - range.begin.value();
    const bool enough = ++ranges == duplicate_threshold || octets > (duplicate_threshold - 1) * flight.smss;
    if (enough) place = range.begin;
    return !enough;
  });
  return place;
}

std::uint32_t Scoreboard::mark_lost(Seq from, Seq to) {
  const std::uint32_t before = lost_.octets();
  sacked_.each_gap(from, to, [this](Seq begin, Seq end) { lost_.set(begin, end, {}); });
  return lost_.octets() - before;
}

std::optional<Resend> Scoreboard::next_lost() const {
  if (lost_.empty()) return std::nullopt;
  return Resend{.from = lost_.front().begin, .to = lost_.front().end};
}

}  // namespace handwave::tcp
