#include "stack/tcp/ecn.hpp"

#include <algorithm>

#include "stack/tcp/rto.hpp"

namespace handwave::tcp {

/// §6.1.1.1: the SYN may have been dropped for these very bits, so it does not ask again.
bool Ecn::sends_syn(bool again) {
  const bool asks = use_ == EcnUse::on && !again;
  if (asks)
    sent_setup_ = true;
  else
    sent_other_ = true;
  return asks;
}

/// "If a host has received an ECN-setup SYN packet, then it MAY send an ECN-setup SYN-ACK packet."
bool Ecn::agrees() const { return use_ != EcnUse::off && received_setup_ && !received_other_ && !sent_other_; }

bool Ecn::sends_syn_ack() {
  const bool agreed = agrees();
  if (agreed)
    sent_setup_ = true;
  else
    sent_other_ = true;
  return agreed;
}

/// §6.1.1.2: a SYN,ACK with both bits is that of a peer that only reflects what it does not know.
void Ecn::syn_arrives(const wire::TcpFlags& flags) {
  const bool setup = flags.ece && flags.cwr != flags.ack;
  if (setup)
    received_setup_ = true;
  else
    received_other_ = true;
}

/// A segment may have both: CWR answers marks on what was sent before it, and not the one that it bears itself.
void Ecn::text_arrives(bool congestion_experienced, bool cwr) {
  if (!heeds_marks()) return;
  if (cwr) echoes_ = false;
  if (congestion_experienced) echoes_ = true;
}

Duration Ecn::silence(Duration rto) {
  constexpr std::uint8_t most_doublings = 6;  // from a second to the largest RTO
  const Duration silence = rto * (1 << silences_);
  if (silences_ < most_doublings) ++silences_;
  return std::min(silence, RetransmissionTimeout::maximum);
}

}  // namespace handwave::tcp
