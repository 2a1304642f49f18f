#include "stack/tcp/recovery/scoreboard.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <vector>

namespace handwave::tcp {
namespace {

/// RFC 2883 §4: the first block tells of what arrived twice if it lies below the cumulative acknowledgment, or within
/// the second block. §5: MUST NOT be compared with SND.UNA, beyond which an ACK may be that was overtaken.
std::optional<wire::SackBlock> reported_twice(const Acknowledgment& ack) {
  if (ack.blocks.empty()) return std::nullopt;
  const wire::SackBlock& first = ack.blocks[0];
  if (first.right <= first.left) return std::nullopt;
  const bool below = first.right <= ack.ack;
  const bool within = first.right > ack.ack && ack.blocks.size() > 1 && ack.blocks[1].left <= first.left &&
                      first.right <= ack.blocks[1].right;
  return below || within ? std::optional{first} : std::nullopt;
}

void take_earlier(std::optional<Instant>& earliest, Instant candidate) {
  if (!earliest || candidate < *earliest) earliest = candidate;
}

}  // namespace

void Scoreboard::sent(Instant now, Seq from, Seq to, Seq nxt) {
  if (const Seq end = earlier(to, nxt); from < end) {
    lost_.erase(from, end);
    again_.set(from, end, now);
    // Where nothing is delivered RACK never looks at these, so what is out of date has to go at times.
    if (again_in_time_.size() >= 2 * again_.count() + max_ranges) list_by_time();
    again_in_time_.push_back({from, {now, end}});
  }
  if (const Seq begin = later(from, nxt); begin < to) first_.sent(now, begin, to);
}

Scoreboard::Update Scoreboard::update(const Acknowledgment& ack, const Flight& flight, Rack& rack) {
  Update update;
  update.duplicate = reported_twice(ack);
  const auto arrives = [&](Seq from, Seq to) {
    update.delivered += to.value() - from.value();
    // RFC 7323 §4.3: TSecr is of what moved the left edge, and tells nothing of what a SACK reports beyond it.
    tell_delivered(ack.now, from, to, to <= flight.una ? ack.echoed : std::nullopt, rack);
  };
  if (ack.before < flight.una) {
    sacked_.each_gap(ack.before, flight.una, arrives);
    sacked_.erase(ack.before, flight.una);
    lost_.erase(ack.before, flight.una);
    again_.erase(ack.before, flight.una);
    first_.acknowledged(flight.una);
  }
  judged_ = later(judged_, flight.una);
  // In ascending order: two arrivals that one ACK reports have not overtaken one another.
  std::array<wire::SackBlock, std::tuple_size_v<decltype(wire::TcpOptions::sack_blocks)>> blocks;
  const auto ascending = std::span(blocks).first(ack.blocks.size());
  std::ranges::copy(ack.blocks, blocks.begin());
  std::ranges::sort(ascending, [&](const auto& a, const auto& b) {
    return a.left.value() - flight.una.value() < b.left.value() - flight.una.value();
  });
  const std::uint32_t delivered_cumulatively = update.delivered;
  for (const wire::SackBlock& block : ascending) {
    if (block.left <= flight.una || block.right <= block.left || block.right > flight.nxt) continue;
    if (!has_room_for(block)) continue;
    sacked_.each_gap(block.left, block.right, arrives);
    sacked_.set(block.left, block.right, {});
    lost_.erase(block.left, block.right);
    again_.erase(block.left, block.right);
  }
  update.newly_sacked = update.delivered - delivered_cumulatively;
  return update;
}

/// A block that extends a range, or joins some, adds none.
bool Scoreboard::has_room_for(const wire::SackBlock& block) const {
  return sacked_.count() < max_ranges || sacked_.touches(block.left, block.right);
}

/// Of a part that was sent once the end is enough: first sendings are in order.
void Scoreboard::tell_delivered(Instant now, Seq from, Seq to, std::optional<std::uint32_t> echoed, Rack& rack) const {
  Seq place = from;
  const auto sent_once = [&](Seq end) {
    if (place == end) return;
    if (const auto sent = first_.of(end - 1)) rack.delivered(now, {{sent->at, end}, false}, echoed);
  };
  again_.each(from, to, [&](const auto& range) {
    sent_once(range.begin);
    rack.delivered(now, {{range.value, range.end}, true}, echoed);
    place = range.end;
  });
  sent_once(to);
}

Seq Scoreboard::forget_sacked() {
  const Seq end = sacked_.back().end;
  sacked_.clear();
  return end;
}

Scoreboard::Detection Scoreboard::detect_loss(Instant now, const Flight& flight, const Rack& rack, Duration window) {
  return judge(flight, {now, rack.segment(), rack.rtt() + window});
}

void Scoreboard::detect_loss_on_timeout(Instant now, const Flight& flight, Duration age) {
  judge(flight, {now, std::nullopt, age});
}

Scoreboard::Detection Scoreboard::judge(const Flight& flight, const Verdict& verdict) {
  Detection detection;
  const std::uint32_t before = lost_.octets();
  judge_first_sendings(flight, verdict, detection);
  judge_later_sendings(verdict, detection);
  detection.lost = lost_.octets() - before;
  return detection;
}

/// First sendings are in order of time and of sequence number alike, so what is lost of them lies before one place,
/// which only moves on: each is looked at once in its life.
void Scoreboard::judge_first_sendings(const Flight& flight, const Verdict& verdict, Detection& detection) {
  while (true) {
    for (Seq gap = judged_; (gap = again_.first_gap(sacked_.first_gap(judged_))) != judged_;) judged_ = gap;
    if (judged_ >= flight.nxt) return;
    const auto sent = first_.of(judged_);
    if (!sent) return;
    Seq end = sent->end;
    if (verdict.segment && !verdict.segment->sent_after(*sent)) {
      if (sent->at != verdict.segment->at) return;
      end = verdict.segment->end;  // of the same turn: what lies before RACK.segment was sent before it
    }
    if (end <= judged_) return;
    if (const Instant lost_at = sent->at + verdict.wait; lost_at > verdict.now)
      return take_earlier(detection.next, lost_at);
    sacked_.each_gap(judged_, end, [this](Seq from, Seq to) {
      again_.each_gap(from, to, [this](Seq begin, Seq stop) { lost_.set(begin, stop, {}); });
    });
    judged_ = end;
  }
}

/// The same for what was sent again, which is in order of time alone.
void Scoreboard::judge_later_sendings(const Verdict& verdict, Detection& detection) {
  while (!again_in_time_.empty()) {
    const Again again = again_in_time_.front();
    if (in_network(again)) {
      if (verdict.segment && !verdict.segment->sent_after(again.last)) return;
      const Instant lost_at = again.last.at + verdict.wait;
      if (lost_at > verdict.now) return take_earlier(detection.next, lost_at);
      again_.each(again.begin, again.last.end, [&](const auto& range) {
        if (range.value == again.last.at) lost_.set(range.begin, range.end, {});
      });
      detection.sent_again = again.last.at;
    }
    again_in_time_.pop_front();
  }
}

/// Nothing has become of some of it since: it is neither delivered, nor lost, nor sent once more.
bool Scoreboard::in_network(const Again& again) const {
  return again_.any(again.begin, again.last.end, [&](const auto& range) {
    return range.value == again.last.at && lost_.first_gap(range.begin) < range.end;
  });
}

void Scoreboard::mark_lost(Seq from, Seq to) {
  sacked_.each_gap(from, to, [this](Seq begin, Seq end) { lost_.set(begin, end, {}); });
}

void Scoreboard::forget_lost(const Flight& flight) {
  lost_.clear();
  judged_ = flight.una;
  list_by_time();
}

void Scoreboard::list_by_time() {
  again_in_time_.clear();
  if (again_.empty()) return;
  std::vector<Again> all;
  again_.each(again_.front().begin, again_.back().end,
              [&](const auto& range) { all.push_back({range.begin, {range.value, range.end}}); });
  std::ranges::sort(all, [](const Again& a, const Again& b) { return b.last.sent_after(a.last); });
  for (const Again& sent : all) again_in_time_.push_back(sent);
}

std::size_t Scoreboard::memory() const {
  return first_.memory() + again_.memory() + again_in_time_.memory() + sacked_.memory() + lost_.memory();
}

std::optional<Resend> Scoreboard::next_lost() const {
  if (lost_.empty()) return std::nullopt;
  return Resend{.from = lost_.front().begin, .to = lost_.front().end};
}

}  // namespace handwave::tcp
