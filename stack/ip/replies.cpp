// Queueing answers and cutting them into pieces: RFC 791 §2.3, RFC 8200 §4.5.
#include "stack/ip/replies.hpp"

#include <algorithm>
#include <utility>

namespace handwave::ip {

bool Replies::push(Reply reply, Counters& counters) {
  if (queue_.size() >= max_replies_ || octets_ + reply.size() > max_octets) {
    counters.add(Counter::replies_over_limit);
    return false;
  }
  octets_ += reply.size();
  queue_.push_back(std::move(reply));
  return true;
}

const Reply* Replies::current() {
  if (current_ && sent_ == current_->size()) current_.reset();
  if (!current_ && !queue_.empty()) {
    current_ = std::move(queue_.front());
    queue_.pop_front();
    octets_ -= current_->size();
    sent_ = 0;
  }
  return current_ ? &*current_ : nullptr;
}

ReplyPiece Replies::next_piece(std::size_t mtu, std::size_t header_size, std::size_t fragment_header_size) {
  const std::size_t left = current_->size() - sent_;
  if (sent_ == 0 && header_size + left <= mtu) {
    sent_ = left;
    return {0, left, false, true};
  }
  // RFC 791 §3.2: every fragment but the last is a multiple of 8 octets. At least 8, so that any MTU makes progress.
  const std::size_t headers = header_size + fragment_header_size;
  const std::size_t room = headers + 8 <= mtu ? mtu - headers : 8;
  ReplyPiece piece{sent_, left, false, false};
  if (left > room) {
    piece.size = room / 8 * 8;
    piece.more_follow = true;
  }
  sent_ += piece.size;
  return piece;
}

}  // namespace handwave::ip
