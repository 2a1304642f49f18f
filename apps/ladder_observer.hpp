// Watches the packets of one stack and prints the ladder of each connection once it is over.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "apps/ladder.hpp"
#include "apps/peer_state.hpp"
#include "stack/stack.hpp"
#include "tun/application.hpp"

namespace handwave {

/// This end's states are asked of the stack after every packet. The other end's are inferred from the segments.
class LadderObserver final : public PacketObserver {
 public:
  /// So many connections are watched at a time; more at once are only counted.
  static constexpr std::size_t max_watched = 256;
  using Print = std::function<void(std::string_view drawing)>;

  LadderObserver(const Stack& stack, std::string_view peer_name, Print print)
      : stack_(stack), peer_name_(peer_name), print_(std::move(print)) {}

  void received(Instant now, const IncomingPacket& packet) override;
  void sending(Instant now, const OutgoingPacket& packet) override;
  /// A line of TLS's key log: the connection that it is of is drawn with what it decrypts. It may come a little late.
  void add_secret(std::string_view key_log_line);
  /// Prints what has begun and is not over.
  void print_unfinished();
  /// Connections that were not drawn.
  [[nodiscard]] std::uint64_t unwatched() const { return unwatched_; }

 private:
  struct Watched {
    Ladder ladder;
    PeerState peer;
  };

  void observe(Instant now, const SegmentView& segment, const FourTuple& ours);
  Watched* find_or_begin(Instant now, const SegmentView& segment, const FourTuple& ours);
  void print(Ladder& ladder);

  const Stack& stack_;
  std::string peer_name_;
  Print print_;
  std::map<FourTuple, Watched> watched_;  ///< by the sockets as this end sees them
  std::uint64_t drawn_ = 0;
  std::uint64_t unwatched_ = 0;
};

}  // namespace handwave
