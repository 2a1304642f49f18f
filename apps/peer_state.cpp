#include "apps/peer_state.hpp"

namespace handwave {

using tcp::State;

void PeerState::enter(State next) {
  if (tcp::may_enter(state_, next)) state_ = next;
}

void PeerState::sent(const wire::TcpHeader& header, std::size_t length) {
  if (header.flags.rst) return enter(State::closed);
  if (header.flags.syn) {
    syn_ = header.seq;
    // With an ACK it answers a SYN that came before; the figure's LISTEN to SYN-RECEIVED was taken then.
    if (!header.flags.ack) enter(State::syn_sent);
  }
  if (header.flags.fin) {
    fin_ = header.seq + static_cast<std::uint32_t>(length);
    finish_sending();
  }
}

void PeerState::finish_sending() {
  if (state_ == State::established || state_ == State::syn_received) enter(State::fin_wait_1);
  if (state_ == State::close_wait) enter(State::last_ack);
}

void PeerState::received(const wire::TcpHeader& header, std::size_t length) {
  if (header.flags.rst) return enter(State::closed);
  if (header.flags.syn) {
    rcv_nxt_ = header.seq + 1;
    // Simultaneous open (§3.5, Figure 7) is the SYN-SENT that gets a SYN without an ACK of its own.
    if (state_ == State::listen || (state_ == State::syn_sent && !header.flags.ack)) enter(State::syn_received);
  }
  if (header.flags.ack) take_acknowledgment(header.ack);

  const Seq text = header.seq + (header.flags.syn ? 1U : 0U);
  const Seq end = text + static_cast<std::uint32_t>(length);
  if (header.flags.fin) peers_fin_ = end;
  if (text <= rcv_nxt_) rcv_nxt_ = later(rcv_nxt_, end);
  if (peers_fin_ == rcv_nxt_) take_fin();
}

void PeerState::take_acknowledgment(Seq ack) {
  if (syn_ && ack > *syn_ && (state_ == State::syn_sent || state_ == State::syn_received)) enter(State::established);
  if (!fin_ || ack <= *fin_) return;
  if (state_ == State::fin_wait_1) return enter(State::fin_wait_2);
  if (state_ == State::closing) return enter(State::time_wait);
  if (state_ == State::last_ack) return enter(State::closed);
}

void PeerState::take_fin() {
  if (state_ == State::established || state_ == State::syn_received) return enter(State::close_wait);
  if (state_ == State::fin_wait_1) return enter(State::closing);
  if (state_ == State::fin_wait_2) return enter(State::time_wait);
}

}  // namespace handwave
