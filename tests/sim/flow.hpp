// One end of a connection as it can be seen from the wire alone: what it has sent, what has reached it, and so what it
// may do. An independent recomputation of RFC 9293 §3.4 and §3.8.6: it looks into no stack.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "stack/tcp/state.hpp"
#include "tests/support/oracle_packet.hpp"

namespace handwave::sim {

/// Which octets have arrived: ranges from the initial sequence number on, in 64 bits so that nothing wraps.
class Arrived {
 public:
  void begin(Seq irs);
  void add(Seq seq, std::uint32_t length);
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] Seq irs() const { return irs_; }
  /// RCV.NXT at most: all before it has arrived.
  [[nodiscard]] Seq contiguous_end() const { return irs_ + static_cast<std::uint32_t>(end_); }

 private:
  bool begun_ = false;
  Seq irs_;
  std::uint64_t end_ = 0;                         ///< octets from irs_, without a gap
  std::map<std::uint64_t, std::uint64_t> later_;  ///< behind a gap: from, to
};

/// Of the end of `local` in one connection.
struct Flow {
  // What it has sent.
  bool syn_sent = false;
  Seq iss;
  Seq snd_max;  ///< behind the highest octet sent
  std::optional<std::uint8_t> scale_sent;
  bool ack_sent = false;
  Seq last_ack_sent;
  Seq right_edge_sent;  ///< the furthest that it has allowed the peer to send
  // What has reached it.
  Arrived arrived;
  std::optional<std::uint8_t> scale_arrived;
  bool window_arrived = false;
  Seq right_edge_arrived;  ///< the furthest that the peer has allowed it to send
  // Since its last turn began.
  unsigned segments_arrived = 0;
  unsigned resets_arrived = 0;
  unsigned pure_acks_sent = 0;
  unsigned resets_sent = 0;
  // Since ever.
  std::uint64_t segments_sent = 0;
  std::uint64_t text_sent = 0;
  Instant last_arrival;

  tcp::State state = tcp::State::closed;  ///< after its last turn

  [[nodiscard]] bool scales() const { return scale_sent.has_value() && scale_arrived.has_value(); }
  void note_arrival(const test::TcpPacket& packet);
  /// After the checks.
  void note_sending(const test::TcpPacket& packet);
  void begin_turn() { segments_arrived = resets_arrived = pure_acks_sent = resets_sent = 0; }
};

}  // namespace handwave::sim
