// A conversation brought to each of the states of RFC 9293 §3.3.2.
#include "tests/support/fixtures.hpp"

#include <catch2/catch_test_macros.hpp>
#include <utility>

namespace handwave::test {
namespace {

using tcp::State;

FourTuple sockets_of(const Setup& setup) {
  FourTuple sockets = setup.family == IpAddress::Family::v4 ? FourTuple{host_endpoint_v4, peer_endpoint_v4}
                                                            : FourTuple{host_endpoint_v6(), peer_endpoint_v6()};
  if (setup.open == Open::active) sockets = {{sockets.local.address, 50'001}, {sockets.remote.address, 7}};
  return sockets;
}

OpenOptions open_options(const Setup& setup) {
  OpenOptions options;
  options.local_address = sockets_of(setup).local.address;
  options.local_port = sockets_of(setup).local.port;
  options.connect_timeout = setup.connect_timeout;
  options.connection = setup.connection;
  return options;
}

constexpr Instant earliest{std::chrono::hours{24}};

/// What the host's ISN would be if the conversation began at `start`: a world of its own is asked.
Seq isn_at(Instant start, const Setup& setup) {
  Host host(setup.config, secret_from_seed(setup.seed), start);
  const FourTuple sockets = sockets_of(setup);
  ScriptedPeer peer(host, sockets, setup.peer_isn);
  if (setup.open == Open::active) {
    static_cast<void>(host.connects(sockets.remote, open_options(setup)));
  } else {
    static_cast<void>(host.listens(sockets.local));
    peer.sends(setup.with_options(syn()));
  }
  if (host.answers().empty() || !host.answers().front().has(SYN)) return Seq{0};
  return host.answers().front().seq;
}

/// RFC 9293 §3.4.1: the generator's clock ticks every 4 microseconds, so any number is at most 4.8 hours away.
Instant start_of(const Setup& setup) {
  if (!setup.host_isn) return earliest;
  const Seq at_first = isn_at(earliest, setup);
  return earliest + std::chrono::microseconds{4} * (setup.host_isn->value() - at_first.value());
}

Conversation arrived(Conversation conversation, State expected) {
  conversation.peer.expects_nothing();
  REQUIRE(tcp::to_string(conversation.host.state()) == tcp::to_string(expected));
  conversation.host.forgets_events();
  return conversation;
}

}  // namespace

Segment Setup::with_options(const Segment& segment) const {
  Segment changed = segment;
  if (peer_mss) changed = changed.mss(*peer_mss);
  if (peer_window_scale) changed = changed.window_scale(*peer_window_scale);
  if (peer_sack) changed = changed.sack_permitted();
  if (peer_timestamps) changed = changed.timestamps(1'000'000, 0);
  if (peer_ecn) changed = changed.flag(ECE);
  if (peer_ecn && !changed.has(ACK)) changed = changed.flag(CWR);
  return changed;
}

Conversation::Conversation(const Setup& chosen)
    : owned_host_(std::make_unique<Host>(chosen.config, secret_from_seed(chosen.seed), start_of(chosen))),
      host(*owned_host_),
      peer(host, sockets_of(chosen), chosen.peer_isn),
      setup(chosen) {
  host.peer_is(peer.sockets());
  peer.set_wnd(chosen.peer_wnd);
}

std::vector<InitialNumbers> initial_numbers() {
  return {{Seq{1000}, Seq{5000}},
          {Seq{0x7fff'fffe}, Seq{0xffff'fffe}},
          {Seq{0xffff'fffe}, Seq{0x7fff'fffe}},
          {Seq{0xffff'ffff}, Seq{0xffff'ffff}}};
}

Conversation in_closed(const Setup& setup) { return arrived(Conversation(setup), State::closed); }

Conversation in_listen(const Setup& setup) {
  Conversation c(setup);
  ListenOptions options;
  options.backlog = setup.backlog;
  options.connection = setup.connection;
  REQUIRE(c.host.listens(c.peer.sockets().local, options));
  return arrived(std::move(c), State::listen);
}

Conversation in_syn_sent(const Setup& chosen) {
  Setup setup = chosen;
  setup.open = Open::active;
  Conversation c(setup);
  REQUIRE(c.host.connects(c.peer.sockets().remote, open_options(setup)));
  c.peer.expects(setup.connection.ecn == EcnUse::on ? syn().seq(0).flag(ECE).flag(CWR) : syn().seq(0));
  return arrived(std::move(c), State::syn_sent);
}

Conversation in_syn_received(const Setup& setup) {
  Conversation c = setup.open == Open::active ? in_syn_sent(setup) : in_listen(setup);
  c.peer.sends(setup.with_options(syn()));
  const bool agrees =
      setup.peer_ecn && setup.connection.ecn >= (setup.open == Open::active ? EcnUse::on : EcnUse::accept);
  c.peer.expects(agrees ? syn_ack().seq(0).ack(1).flag(ECE) : syn_ack().seq(0).ack(1));
  return arrived(std::move(c), State::syn_received);
}

Conversation in_established(const Setup& setup) {
  if (setup.open == Open::active) {
    Conversation c = in_syn_sent(setup);
    c.peer.sends(setup.with_options(syn_ack()));
    c.peer.expects(ack().seq(1).ack(1));
    return arrived(std::move(c), State::established);
  }
  Conversation c = in_syn_received(setup);
  c.peer.sends(ack());
  REQUIRE(c.host.accepts());
  return arrived(std::move(c), State::established);
}

Conversation in_fin_wait_1(const Setup& setup) {
  Conversation c = in_established(setup);
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(1).ack(1));
  return arrived(std::move(c), State::fin_wait_1);
}

Conversation in_fin_wait_2(const Setup& setup) {
  Conversation c = in_fin_wait_1(setup);
  c.peer.sends(ack().ack(2));
  return arrived(std::move(c), State::fin_wait_2);
}

Conversation in_close_wait(const Setup& setup) {
  Conversation c = in_established(setup);
  c.peer.sends(fin());
  c.peer.expects(ack().seq(1).ack(2));
  return arrived(std::move(c), State::close_wait);
}

Conversation in_closing(const Setup& setup) {
  Conversation c = in_fin_wait_1(setup);
  c.peer.sends(fin().ack(1));
  c.peer.expects(ack().seq(2).ack(2));
  return arrived(std::move(c), State::closing);
}

Conversation in_last_ack(const Setup& setup) {
  Conversation c = in_close_wait(setup);
  REQUIRE(c.host.closes());
  c.peer.expects(fin().seq(1).ack(2));
  return arrived(std::move(c), State::last_ack);
}

Conversation in_time_wait(const Setup& setup) {
  Conversation c = in_fin_wait_2(setup);
  c.peer.sends(fin());
  c.peer.expects(ack().seq(2).ack(2));
  return arrived(std::move(c), State::time_wait);
}

Conversation in_state(State state, const Setup& setup) {
  switch (state) {
    case State::closed:
      return in_closed(setup);
    case State::listen:
      return in_listen(setup);
    case State::syn_sent:
      return in_syn_sent(setup);
    case State::syn_received:
      return in_syn_received(setup);
    case State::established:
      return in_established(setup);
    case State::fin_wait_1:
      return in_fin_wait_1(setup);
    case State::fin_wait_2:
      return in_fin_wait_2(setup);
    case State::close_wait:
      return in_close_wait(setup);
    case State::closing:
      return in_closing(setup);
    case State::last_ack:
      return in_last_ack(setup);
    case State::time_wait:
      break;
  }
  return in_time_wait(setup);
}

}  // namespace handwave::test
