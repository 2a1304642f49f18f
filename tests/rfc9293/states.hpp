// The states of RFC 9293 §3.3.2 as a test visits them: which numbers come next in each fixture, and over what every
// test of a state is to be repeated.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/support/fixtures.hpp"

namespace handwave::test {

/// A state, and how it was reached: that matters to SYN-RECEIVED only (MUST-11).
struct Place {
  tcp::State state;
  Open open = Open::passive;
};

/// RCV.NXT relative to the peer's initial sequence number, just after the fixture.
constexpr std::int64_t rcv_nxt(tcp::State state) {
  using enum tcp::State;
  switch (state) {
    case closed:
    case listen:
    case syn_sent:
      return 0;
    case syn_received:
    case established:
    case fin_wait_1:
    case fin_wait_2:
      return 1;
    default:
      return 2;  // past the peer's FIN
  }
}

/// SND.NXT relative to the host's initial sequence number, just after the fixture.
constexpr std::int64_t snd_nxt(tcp::State state) {
  using enum tcp::State;
  switch (state) {
    case closed:
    case listen:
      return 0;
    case fin_wait_1:
    case fin_wait_2:
    case closing:
    case last_ack:
    case time_wait:
      return 2;  // past our FIN
    default:
      return 1;
  }
}

/// SND.UNA, likewise.
constexpr std::int64_t snd_una(tcp::State state) {
  using enum tcp::State;
  switch (state) {
    case fin_wait_1:
    case closing:
    case last_ack:
      return 1;
    case syn_sent:
    case syn_received:
      return 0;
    default:
      return snd_nxt(state);
  }
}

/// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, as §3.10.7.4 writes it.
inline Segment acknowledgment_in(tcp::State state) { return ack().seq(snd_nxt(state)).ack(rcv_nxt(state)); }

/// §3.5.2, the third group.
inline constexpr auto synchronized_states = {tcp::State::established, tcp::State::fin_wait_1, tcp::State::fin_wait_2,
                                             tcp::State::close_wait,  tcp::State::closing,    tcp::State::last_ack,
                                             tcp::State::time_wait};

/// Initial sequence numbers, families and sides, for GENERATE(from_range(setups())).
inline std::vector<Setup> setups(std::initializer_list<Open> opens = {Open::passive, Open::active}) {
  std::vector<Setup> all;
  for (const InitialNumbers& numbers : initial_numbers())
    for (const auto family : {IpAddress::Family::v4, IpAddress::Family::v6})
      for (const Open open : opens) {
        Setup& setup = all.emplace_back();
        setup.open = open;
        setup.family = family;
        setup.host_isn = numbers.host;
        setup.peer_isn = numbers.peer;
      }
  return all;
}

inline std::vector<Setup> active_setups() { return setups({Open::active}); }
inline std::vector<Setup> passive_setups() { return setups({Open::passive}); }

/// The name of the state, for CHECKs that say it.
inline std::string state_of(const Conversation& conversation) {
  return std::string(tcp::to_string(conversation.host.state()));
}
inline std::string name_of(tcp::State state) { return std::string(tcp::to_string(state)); }

}  // namespace handwave::test
