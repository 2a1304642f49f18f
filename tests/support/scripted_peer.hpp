// The other end of a connection, played by hand: it sends what the test says, and says what must come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/host.hpp"
#include "tests/support/oracle_packet.hpp"
#include "tests/support/segment.hpp"

namespace handwave::test {

/// What a segment does not say follows from what passed before: SEG.SEQ goes on where the last segment without a
/// SEG.SEQ of its own ended, SEG.ACK acknowledges all that was *expected* so far in order, SEG.WND is `wnd`, timestamps
/// go along once both SYNs had them. It never sends anything by itself.
class ScriptedPeer {
 public:
  /// `sockets` as the host sees them; `isn` is the peer's initial sequence number.
  ScriptedPeer(Host& host, const FourTuple& sockets, Seq isn);

  // ---- It sends ----

  void sends(const Segment& segment);
  /// Several segments that arrive in one turn, before the stack may answer.
  void sends_together(const std::vector<Segment>& segments);
  /// An ICMP or ICMPv6 error that quotes the packet that held `quoted`, as much of it as `quoted_octets` beyond its IP
  /// header. Type and code are those of the connection's family; `mtu` fills the field for it.
  void sends_icmp_error(std::uint8_t type, std::uint8_t code, const TcpPacket& quoted, std::uint32_t mtu = 0,
                        std::size_t quoted_octets = 64);
  /// "Fragmentation needed" or "packet too big", whichever the family has.
  void sends_too_big(const TcpPacket& quoted, std::uint16_t mtu);

  // ---- It expects ----

  /// The next segment that the stack sent to this peer fulfils `segment`. Gives it, for a closer look.
  TcpPacket expects(const Segment& segment);
  /// The next one, whatever it is.
  TcpPacket expects_any();
  /// Nothing was sent to this peer that was not expected already.
  void expects_nothing();
  /// All that waits, as if it had been expected; to start afresh.
  std::vector<TcpPacket> ignores_answers();

  // ---- Its numbers ----

  [[nodiscard]] Seq isn() const { return isn_; }
  [[nodiscard]] Seq host_isn() const { return host_isn_; }  ///< known once a SYN was expected
  /// Relative: what the next segment without a SEG.SEQ of its own has.
  [[nodiscard]] std::int64_t next_seq() const { return static_cast<std::uint32_t>(next_ - isn_); }
  void set_next_seq(std::int64_t relative) { next_ = isn_ + static_cast<std::uint32_t>(relative); }
  [[nodiscard]] std::int64_t next_ack() const { return static_cast<std::uint32_t>(acknowledges_ - host_isn_); }
  [[nodiscard]] std::int64_t relative_seq(const TcpPacket& packet) const { return packet.seq - host_isn_; }
  [[nodiscard]] std::int64_t relative_ack(const TcpPacket& packet) const { return packet.ack - isn_; }
  void set_wnd(std::uint16_t in_header) { wnd_ = in_header; }
  /// TSval of the next segments; it moves with the time, a tick a millisecond.
  [[nodiscard]] std::uint32_t timestamp() const;
  [[nodiscard]] const FourTuple& sockets() const { return sockets_; }

  /// `segment` as it would go out now.
  [[nodiscard]] TcpPacket complete(const Segment& segment) const;

 private:
  std::vector<std::uint8_t> prepare(const Segment& segment);
  TcpPacket take_next(const std::string& wanted);
  std::optional<TcpPacket> next_answer();
  void learn_from(const TcpPacket& packet);

  Host* host_;
  FourTuple sockets_;
  Seq isn_;
  Seq next_;
  Seq host_isn_;
  Seq acknowledges_;
  bool host_isn_known_ = false;
  std::uint16_t wnd_ = 65535;
  Instant begin_;
  bool offered_timestamps_ = false;
  bool host_offered_timestamps_ = false;
  std::uint32_t timestamp_to_echo_ = 0;
};

}  // namespace handwave::test
