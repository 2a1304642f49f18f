// The answers that wait for the device, and how one larger than the path's MTU is cut: RFC 791 §2.3, RFC 8200 §4.5.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "stack/address.hpp"
#include "stack/counters.hpp"
#include "stack/slice.hpp"
#include "stack/wire/icmp.hpp"

namespace handwave::ip {

/// An ICMP message of ours.
struct Reply {
  IpAddress source;
  IpAddress destination;
  std::uint8_t traffic_class = 0;
  std::array<std::uint8_t, wire::icmp_header_size> header{};
  Slice body;

  [[nodiscard]] std::size_t size() const { return header.size() + body.size(); }
};

/// A run of a reply's octets that goes out in one packet.
struct ReplyPiece {
  std::size_t offset = 0;  ///< from the ICMP header's first octet
  std::size_t size = 0;
  bool more_follow = false;
  bool is_whole = false;  ///< the reply fits into one packet
};

/// The queue, and how far the reply at hand has been sent.
class Replies {
 public:
  /// Octets of all replies in the queue: a burst of sixty-odd of the largest pings. Larger bursts lose some.
  static constexpr std::size_t max_octets = std::size_t{4} << 20;

  explicit Replies(std::size_t max_replies) : max_replies_(max_replies) {}

  /// Queues `reply`, or drops and counts it if too much is waiting already; true if queued.
  bool push(Reply reply, Counters& counters);
  /// The reply to send from, or null. Its octets stay valid until the next call of this.
  const Reply* current();
  /// The next piece of the current reply, for packets of at most `mtu` octets with `header_size` octets of IP header,
  /// and `fragment_header_size` more if they are fragments.
  ReplyPiece next_piece(std::size_t mtu, std::size_t header_size, std::size_t fragment_header_size);
  /// How many replies wait, the one at hand not counted.
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  std::size_t max_replies_;
  std::deque<Reply> queue_;
  std::size_t octets_ = 0;  ///< of those in the queue
  std::optional<Reply> current_;
  std::size_t sent_ = 0;  ///< octets of the current one
};

}  // namespace handwave::ip
