// The state of an end that cannot be asked, inferred from the segments it sends and is sent: RFC 9293 §3.3.2.
#pragma once

#include <optional>

#include "stack/tcp/state.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave {

/// Follows one end through the state diagram, on the assumption that what is seen on its way arrives. Only arrows of
/// the RFC's table are taken.
class PeerState {
 public:
  explicit PeerState(tcp::State initial) : state_(initial) {}

  /// The end has sent a segment with `header` and `length` octets of text.
  void sent(const wire::TcpHeader& header, std::size_t length);
  /// A segment has come to it.
  void received(const wire::TcpHeader& header, std::size_t length);
  [[nodiscard]] tcp::State state() const { return state_; }

 private:
  void enter(tcp::State next);
  void finish_sending();
  void take_acknowledgment(Seq ack);
  void take_fin();

  tcp::State state_;
  std::optional<Seq> syn_;        ///< its own SYN's place
  std::optional<Seq> fin_;        ///< its own FIN's place
  std::optional<Seq> peers_fin_;  ///< the other FIN's place: counts once all before it has come
  Seq rcv_nxt_;                   ///< what it has received without a gap
};

}  // namespace handwave
