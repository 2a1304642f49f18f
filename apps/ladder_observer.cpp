#include "apps/ladder_observer.hpp"

#include <fmt/format.h>

namespace handwave {

using tcp::State;

void LadderObserver::received(Instant now, const IncomingPacket& packet) {
  if (const auto segment = view_segment(packet)) observe(now, *segment, segment->sockets.reversed());
}

void LadderObserver::sending(Instant now, const OutgoingPacket& packet) {
  if (const auto segment = view_segment(packet)) observe(now, *segment, segment->sockets);
}

void LadderObserver::observe(Instant now, const SegmentView& segment, const FourTuple& ours) {
  Watched* const watched = find_or_begin(now, segment, ours);
  if (watched == nullptr) return;
  auto& [ladder, peer] = *watched;
  const bool we_sent_it = segment.sockets == ours;
  if (we_sent_it)
    peer.received(segment.header, segment.length);
  else
    peer.sent(segment.header, segment.length);
  const bool we_stand_left = ladder.is_rightward(segment) == we_sent_it;
  // A connection that is over may have its listener's state again.
  State here = stack_.state_of(ours);
  if (here == State::listen && ladder.states() != Ladder::States{}) here = State::closed;
  ladder.add(now, segment, we_stand_left ? Ladder::States{here, peer.state()} : Ladder::States{peer.state(), here});
  if (!ladder.finished()) return;
  print(ladder);
  watched_.erase(ours);
}

LadderObserver::Watched* LadderObserver::find_or_begin(Instant now, const SegmentView& segment, const FourTuple& ours) {
  if (const auto found = watched_.find(ours); found != watched_.end()) return &found->second;
  // Only a SYN begins one: what comes after the end, a FIN sent again say, is no connection of its own.
  if (!segment.header.flags.syn || segment.header.flags.ack) return nullptr;
  if (watched_.size() >= max_watched) {
    ++unwatched_;
    return nullptr;
  }
  const bool we_open = segment.sockets == ours;
  const State peer = we_open ? State::listen : State::closed;
  const std::string_view left = we_open ? std::string_view{"handwave"} : peer_name_;
  const std::string_view right = we_open ? std::string_view{peer_name_} : "handwave";
  return &watched_.emplace(ours, Watched{Ladder{now, segment, left, right}, PeerState{peer}}).first->second;
}

void LadderObserver::add_secret(std::string_view key_log_line) {
  for (auto& [sockets, watched] : watched_) watched.ladder.add_secret(key_log_line);
}

void LadderObserver::print(Ladder& ladder) {
  ladder.stop_waiting();
  print_(ladder.draw(fmt::format("=== Connection {} ===", ++drawn_)) + "\n");
}

void LadderObserver::print_unfinished() {
  for (auto& [sockets, watched] : watched_) print(watched.ladder);
  watched_.clear();
}

}  // namespace handwave
