// Explicit Congestion Notification between the ends of a connection: RFC 3168 §6.1.1 (what their SYNs agree on), §6.1.3
// (what the receiver echoes), and from §6.1.2 how long a sender is silent whose window cannot shrink any further. How
// the window shrinks is for congestion control.
#pragma once

#include <cstdint>

#include "stack/config.hpp"
#include "stack/wire/tcp.hpp"

namespace handwave::tcp {

/// One end of it. §6.1.1 has its rules in terms of the SYNs and SYN,ACKs that were sent and received: an "ECN-setup"
/// SYN has both ECE and CWR, an "ECN-setup" SYN,ACK ECE alone. All other ways to set the two bits are the same as none.
class Ecn {
 public:
  explicit Ecn(EcnUse use = EcnUse::off) : use_(use) {}

  // ---- §6.1.1: initialization ----

  /// A SYN leaves, for the first time or `again`: true if it asks, by ECE and CWR.
  bool sends_syn(bool again);
  /// A SYN,ACK that leaves now agrees, by ECE.
  [[nodiscard]] bool agrees() const;
  /// A SYN,ACK leaves: true if it agrees.
  bool sends_syn_ack();
  /// The peer's SYN or SYN,ACK has come.
  void syn_arrives(const wire::TcpFlags& flags);
  /// New text may say that it is ECN-capable, and what the peer echoes counts.
  [[nodiscard]] bool capable() const { return sent_setup_ && received_setup_ && !sent_other_ && !received_other_; }

  // ---- §6.1.3: the receiver ----

  /// Marks on text are echoed: so much was promised with the first ECN-setup SYN that left, whatever left later.
  [[nodiscard]] bool heeds_marks() const { return sent_setup_ && !received_other_; }
  /// Text has come into the window, marked CE or not, with CWR or not.
  void text_arrives(bool congestion_experienced, bool cwr);
  /// Whatever acknowledges says ECE.
  [[nodiscard]] bool echoes() const { return echoes_; }

  // ---- §6.1.2: the sender ----

  /// A mark was echoed and cwnd is one segment already: how long nothing new may leave. RFC 9438 §4.6: the longer the
  /// more often this happens, up to the largest RTO.
  Duration silence(Duration rto);
  /// Text was acknowledged without an echo.
  void no_echo() { silences_ = 0; }

 private:
  EcnUse use_ : 2;
  bool sent_setup_ : 1 = false;
  bool sent_other_ : 1 = false;
  bool received_setup_ : 1 = false;
  bool received_other_ : 1 = false;
  bool echoes_ : 1 = false;
  std::uint8_t silences_ = 0;  ///< one after the other
};

}  // namespace handwave::tcp
