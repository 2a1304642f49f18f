#include "tests/oracle/walk.hpp"

#include <array>
#include <chrono>
#include <cstdint>

#include "tests/oracle/lockstep.hpp"
#include "tests/support/fuzz_input.hpp"

namespace handwave::oracle {
namespace {

using namespace std::chrono_literals;
using model::Number;
using model::State;
using test::FuzzInput;
using test::TcpPacket;

constexpr std::size_t most_steps = 120;

StackConfig config() {
  StackConfig config;
  config.addresses = {*AddressPrefix::parse("192.0.2.2/24"), *AddressPrefix::parse("2001:db8::2/64")};
  config.msl = 10s;
  return config;
}

ConnectionOptions connection_options(FuzzInput& input) {
  ConnectionOptions options;
  const std::uint8_t bits = input.octet();
  options.nagle = (bits & 1) == 0;
  if ((bits & 2) != 0) options.keep_alive = {.enabled = true, .idle = 10s, .interval = 1s, .probes = 3};
  if ((bits & 4) != 0) options.user_timeout = std::chrono::seconds{1 + input.octet()};
  if ((bits & 8) != 0) options.user_timeout = std::nullopt;
  if ((bits & 16) != 0) options.send_buffer = 1U + input.word();
  if ((bits & 32) != 0) options.receive_buffer = 1U + input.word();
  if ((bits & 64) != 0) options.congestion_avoidance = CongestionAvoidance::new_reno;
  if ((bits & 128) != 0) options.ecn = EcnUse::on;
  return options;
}

class World {
 public:
  World(FuzzInput input, bool recording)
      : input_(input),
        lockstep_(config(), secret_from_seed(input_.octet()), Instant{} + std::chrono::hours{input_.octet()},
                  recording) {
    lockstep_.listen(connection_options(input_));
  }

  void run() {
    for (std::size_t step = 0; step < most_steps && !input_.empty(); ++step) choose();
    lockstep_.comes_to_its_end();
  }

 private:
  void choose() {
    const std::uint8_t what = input_.octet();
    const std::size_t flow = what >> 6;
    switch (what & 31) {
      case 0:
        return go_to(flow, static_cast<State>(input_.choice(11)), (what & 32) != 0);
      case 1:
        return lockstep_.passes(std::chrono::milliseconds{input_.octet()}, 20);
      case 2:
        return lockstep_.passes(std::chrono::seconds{input_.word()}, 100);
      case 3:
      case 4:
        return lockstep_.to_the_next_deadline();
      case 5:
        return lockstep_.send(flow, input_.word() % 20'000, false);
      case 6:
        return lockstep_.send(flow, input_.octet(), (what & 32) != 0);
      case 7:
      case 8:
        return lockstep_.receive(flow, (what & 32) != 0 ? input_.octet() : SIZE_MAX);
      case 9:
        return lockstep_.close(flow, CloseKind::sending);
      case 10:
        return lockstep_.close(flow, CloseKind::both);
      case 11:
        return lockstep_.abort(flow);
      case 12:
        return open(flow);
      case 13:
        return icmp(flow);
      case 14:
        return lockstep_.set_options(flow, connection_options(input_));
      case 15:
        return (what & 32) != 0 ? lockstep_.close_listeners() : lockstep_.listen(connection_options(input_));
      default:
        return segment(flow);
    }
  }

  [[nodiscard]] const model::Connection& at(std::size_t flow) const { return lockstep_.flow(flow).model; }

  void open(std::size_t flow) {
    OpenOptions options;
    options.connection = connection_options(input_);
    lockstep_.open(flow, options);
  }

  void icmp(std::size_t flow) {
    const auto kind = static_cast<Lockstep::Icmp>(input_.choice(3));
    const Number quoted = input_.flag() ? acknowledgment(flow) : at(flow).snd_una;
    lockstep_.icmp_arrives(flow, kind, input_.word(), quoted);
  }

  // ---- Any segment ----

  void segment(std::size_t flow) {
    const model::Connection& c = at(flow);
    TcpPacket packet = lockstep_.packet_of(flow);
    packet.flags = flags();
    const std::uint8_t shape = input_.octet();
    std::size_t text = 0;
    if ((shape & 1) != 0) text = input_.octet();
    if ((shape & 2) != 0) text = input_.word() % 1400;
    packet.seq = Seq{(shape & 4) != 0 ? sequence(flow, static_cast<std::uint32_t>(text)) : c.rcv_nxt};
    packet.ack = Seq{(shape & 8) != 0 ? acknowledgment(flow) : c.snd_nxt};
    packet.wnd = window(input_.octet());
    if ((shape & 16) != 0 || packet.has(test::SYN)) {
      options(packet, flow);
    } else if (c.timestamps) {
      packet.timestamps = {c.ts_recent + 1, lockstep_.flow(flow).tsval};
    }
    if (packet.has(test::URG)) packet.urgent_pointer = input_.word();
    packet.text = lockstep_.text_for(flow, packet, text);
    packet.wrong_checksum = (shape & 32) != 0 && input_.octet() < 32;
    packet.traffic_class = (shape & 64) != 0 ? 3 : 0;
    lockstep_.arrives(flow, packet);
  }

  std::uint8_t flags() {
    using namespace test;
    constexpr std::array<std::uint8_t, 12> usual = {ACK, ACK,       ACK | PSH,       FIN | ACK, SYN,       SYN | ACK,
                                                    RST, RST | ACK, ACK | URG | PSH, FIN,       ACK | ECE, 0};
    const std::uint8_t choice = input_.octet();
    return choice < 240 ? usual[choice % usual.size()] : input_.octet();
  }

  /// The edges of the window, and places near them.
  Number sequence(std::size_t flow, std::uint32_t text) {
    const model::Connection& c = at(flow);
    const std::uint8_t choice = input_.octet();
    const std::uint32_t some = choice >> 4;
    switch (choice & 15) {
      case 0:
        return c.rcv_nxt - 1;
      case 1:
        return c.rcv_nxt + 1 + some;
      case 2:
        return c.rcv_nxt - text;
      case 3:
        return c.rcv_nxt - text - 1;
      case 4:
        return c.rcv_nxt - text + 1 + some;
      case 5:
        return c.right_edge - 1;
      case 6:
        return c.right_edge;
      case 7:
        return c.right_edge + 1 + some;
      case 8:
        return c.right_edge - text;
      case 9:
        return c.right_edge - text + 1;
      case 10:
        return c.irs;
      case 11:
        return c.rcv_nxt + 0x8000'0000 - 8 + some;
      case 12:
        return c.rcv_nxt + 100 * some;
      case 13:
        return 0xffff'fff0 + some;
      case 14:
        return 0x7fff'fff0 + some;
      default:
        return input_.long_word();
    }
  }

  Number acknowledgment(std::size_t flow) {
    const model::Connection& c = at(flow);
    const std::uint8_t choice = input_.octet();
    const std::uint32_t some = choice >> 4;
    switch (choice & 15) {
      case 0:
        return c.snd_una;
      case 1:
        return c.snd_una + 1 + some;
      case 2:
        return c.snd_nxt + 1 + some;
      case 3:
        return c.snd_nxt - 1 - some;
      case 4:
        return c.snd_una - 1 - some;
      case 5:
        return c.iss;
      case 6:
        return c.iss + 1;
      case 7:
        return c.snd_una - c.max_snd_wnd;
      case 8:
        return c.snd_una - c.max_snd_wnd - 1;
      case 9:
        return c.snd_una + 0x8000'0000 - 8 + some;
      case 10:
        return c.snd_una + input_.word();
      case 11:
        return c.snd_nxt - input_.word();
      case 12:
        return input_.long_word();
      default:
        return c.snd_nxt;
    }
  }

  std::uint16_t window(std::uint8_t choice) {
    if (choice < 96) return 65535;
    if (choice < 128) return 0;
    if (choice < 192) return static_cast<std::uint16_t>(choice);
    return input_.word();
  }

  void options(TcpPacket& packet, std::size_t flow) {
    const model::Connection& c = at(flow);
    const std::uint8_t bits = input_.octet();
    if ((bits & 1) != 0) packet.mss = input_.word();
    if ((bits & 2) != 0) packet.window_scale = input_.octet() % 16;
    if ((bits & 4) != 0) packet.sack_permitted = true;
    if ((bits & 8) != 0) packet.timestamps = {timestamp(c), lockstep_.flow(flow).tsval - (bits >> 7) * input_.octet()};
    if ((bits & 16) != 0) {
      const Number left = acknowledgment(flow);
      packet.sack = {{Seq{left}, Seq{left + input_.word()}}};
    }
    if ((bits & 32) != 0) {
      const Bytes broken = input_.octets(input_.choice(41));
      packet.raw_options.assign(broken.begin(), broken.end());
    }
  }

  std::uint32_t timestamp(const model::Connection& c) {
    const std::uint8_t choice = input_.octet();
    const std::uint32_t some = choice >> 3;
    switch (choice & 7) {
      case 0:
        return c.ts_recent - 1 - some;
      case 1:
        return c.ts_recent - 0x8000'0000 - 16 + some;
      case 2:
        return input_.long_word();
      case 3:
        return c.ts_recent;
      default:
        return c.ts_recent + some;
    }
  }

  // ---- The usual way to a state, so that few octets of input lead there ----

  void go_to(std::size_t flow, State target, bool active) {
    for (unsigned step = 0; step < 8 && at(flow).state != target; ++step)
      if (!goes_nearer(flow, target, active)) return;
  }

  /// One step from where the flow is towards `target`; false if there is none from there.
  bool goes_nearer(std::size_t flow, State target, bool active) {
    using namespace test;
    const bool user_closes_first = target == State::fin_wait_1 || target == State::fin_wait_2 ||
                                   target == State::closing || target == State::time_wait;
    switch (at(flow).state) {
      case State::closed:
        return open(flow), at(flow).has_tcb();
      case State::listen:
        return active ? open(flow) : usual(flow, SYN), true;
      case State::syn_sent:
        return usual(flow, target == State::syn_received ? SYN : SYN | ACK), true;
      case State::syn_received:
        return usual(flow, ACK), true;
      case State::established:
        if (user_closes_first) return lockstep_.close(flow, CloseKind::sending), true;
        return usual(flow, FIN | ACK), true;
      case State::fin_wait_1:
        if (target == State::closing) return usual(flow, FIN | ACK, at(flow).snd_una), true;
        return usual(flow, ACK), true;
      case State::fin_wait_2:
        return usual(flow, FIN | ACK), true;
      case State::close_wait:
        return lockstep_.close(flow, CloseKind::sending), true;
      case State::closing:
      case State::last_ack:
        return usual(flow, ACK), true;
      case State::time_wait:
        return lockstep_.to_the_next_deadline(), true;
    }
    return false;
  }

  void usual(std::size_t flow, std::uint8_t flags) { usual(flow, flags, at(flow).snd_nxt); }
  void usual(std::size_t flow, int flags, Number ack) {
    const model::Connection& c = at(flow);
    TcpPacket packet = lockstep_.packet_of(flow);
    packet.flags = static_cast<std::uint8_t>(flags);
    packet.seq = Seq{packet.has(test::SYN) ? 0xffff'ffe0 : c.rcv_nxt};
    packet.ack = Seq{packet.has(test::ACK) ? ack : 0};
    packet.wnd = 65535;
    if (packet.has(test::SYN)) {
      options(packet, flow);
    } else if (c.timestamps) {
      packet.timestamps = {c.ts_recent + 1, lockstep_.flow(flow).tsval};
    }
    lockstep_.arrives(flow, packet);
  }

  FuzzInput input_;
  Lockstep lockstep_;
};

}  // namespace

void walk(Bytes input, bool recording) { World(test::FuzzInput(input), recording).run(); }

}  // namespace handwave::oracle
