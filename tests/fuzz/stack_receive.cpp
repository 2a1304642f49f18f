// A whole stack, at the mercy of its peer, its user and the time: what the input says is sent to it, asked of it,
// waited. Segments are built around the live connections' own numbers, so that they get past the first checks; some
// packets are raw. Invariants, after every step:
//  - nothing crashes, reads outside, or breaks an expectation (the sanitizers and expects() watch);
//  - every packet that the stack sends is well formed, with right checksums, in the eyes of libtins, and not above the
//    MTU; no number of packets answers one packet: the output of a turn ends;
//  - a RST is not answered with a RST;
//  - when a turn is over, the deadline lies in the future: no timer that is due is left, none makes the driver spin;
//  - connections change state only along the arrows of tcp::transitions (several may lie within one turn);
//  - buffers and tables stay within their limits, whatever is said about windows, sizes and numbers of connections;
//  - what waits for an acknowledgment has a timer;
//  - a copy of the stack goes on by itself, exactly as the original would have.
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "stack/expects.hpp"
#include "stack/stack.hpp"
#include "stack/wire/segmentation.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/support/fuzz_input.hpp"
#include "tests/support/icmp_packet.hpp"
#include "tests/support/oracle_packet.hpp"

namespace {

using namespace handwave;
using namespace std::chrono_literals;
using test::FuzzInput;
using test::TcpPacket;

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t max_steps = 200;
constexpr std::size_t max_packets_a_turn = 3000;
/// Deadlines at one and the same instant that may follow one another before the time must move on.
constexpr int max_turns_at_once = 4;
constexpr std::uint16_t listening_port = 80;

/// The limits are low, so that they are reached.
StackConfig config() {
  StackConfig config;
  config.addresses = {*AddressPrefix::parse("192.0.2.2/24"), *AddressPrefix::parse("2001:db8::2/64")};
  config.max_connections = 6;
  config.max_half_open = 4;
  config.max_time_wait = 3;
  config.max_out_of_order = 3000;
  config.max_reassembly = 5000;
  config.max_replies = 16;
  config.msl = 10s;
  config.accept_source_routes = true;
  return config;
}

ConnectionOptions connection_options(FuzzInput& input) {
  ConnectionOptions options;
  const std::uint8_t bits = input.octet();
  options.nagle = (bits & 1) != 0;
  if ((bits & 2) != 0) options.keep_alive = {.enabled = true, .idle = 10s, .interval = 1s, .probes = 3};
  if ((bits & 4) != 0) options.user_timeout = std::chrono::seconds{input.octet()};
  if ((bits & 8) != 0) options.user_timeout = std::nullopt;
  if ((bits & 16) != 0) options.send_buffer = input.word();
  if ((bits & 32) != 0) options.receive_buffer = input.word();
  return options;
}

/// One pair of sockets, as its peer knows it.
struct Flow {
  FourTuple sockets;            ///< as the stack sees them
  Seq peer_next{0xffff'ff00};   ///< what the peer would send next: the stack's RCV.NXT, once it has said so
  Seq host_next;                ///< behind what the stack has sent
  Seq host_una;                 ///< what the peer has acknowledged in its last segment
  std::uint32_t window = 0;     ///< the stack's, unscaled
  std::uint32_t timestamp = 0;  ///< the stack's last
  tcp::State state = tcp::State::closed;
};

class World {
 public:
  explicit World(FuzzInput& input) : input_(input), stack_(config(), secret_from_seed(input.octet())) {
    now_ = Instant{} + std::chrono::hours{input.word()};
    const IpAddress host_v4 = stack_.config().addresses[0].address;
    const IpAddress host_v6 = stack_.config().addresses[1].address;
    const IpAddress peer_v4 = IpAddress::v4(192, 0, 2, 1);
    const IpAddress peer_v6 = *IpAddress::parse("2001:db8::1");
    for (std::uint16_t i = 0; i < 4; ++i) {
      const bool v6 = i == 3;
      flows_[i].sockets = {{v6 ? host_v6 : host_v4, listening_port},
                           {v6 ? peer_v6 : peer_v4, static_cast<std::uint16_t>(5000 + i)}};
    }
    listen();
  }

  void run() {
    for (std::size_t step = 0; step < max_steps && !input_.empty(); ++step) {
      choose();
      turn();
      check();
    }
    wait(24h);  // everything comes to its end, or goes on without spinning
    check();
  }

 private:
  void choose() {
    switch (input_.choice(20)) {
      case 0:
        return handshake(flow());
      case 1:
        return wait(std::chrono::milliseconds{input_.octet()});
      case 2:
        return wait(std::chrono::seconds{input_.word()});
      case 3:
        return wait_for_deadline();
      case 4:
        return icmp_error(flow());
      case 5:
        return raw_packet();
      case 6:
      case 7:
      case 8:
      case 9:
        return call();
      case 10:
        return continue_as_copy();
      default:
        return segment(flow());
    }
  }

  Flow& flow() { return flows_[input_.choice(flows_.size())]; }

  // ---- The network ----

  void arrives(const TcpPacket& packet) {
    only_resets_arrived_ = packet.has(test::RST);
    stack_.receive(now_, Bytes{test::build(packet)});
  }

  /// SYN, SYN,ACK, ACK: so that a few octets of input are enough for an established connection.
  void handshake(Flow& flow) {
    TcpPacket packet = addressed(flow);
    packet.flags = test::SYN;
    packet.seq = flow.peer_next = Seq{input_.flag() ? 0xffff'fff0 : 0x7fff'fff0};
    packet.wnd = input_.word();
    const std::uint8_t options = input_.octet();
    if ((options & 1) != 0) packet.mss = input_.word();
    if ((options & 2) != 0) packet.window_scale = static_cast<std::uint8_t>(options >> 4);
    if ((options & 4) != 0) packet.sack_permitted = true;
    if ((options & 8) != 0) packet.timestamps = {1, 0};
    flow.peer_next += 1;
    arrives(packet);
    turn();
    packet = addressed(flow);
    packet.flags = test::ACK;
    packet.seq = flow.peer_next;
    packet.ack = flow.host_una = flow.host_next;
    packet.wnd = input_.word();
    if ((options & 8) != 0) packet.timestamps = {2, flow.timestamp};
    arrives(packet);
    turn();
    accept();
  }

  /// Any segment, with numbers near the interesting ones.
  void segment(Flow& flow) {
    TcpPacket packet = addressed(flow);
    packet.flags = input_.flag() ? test::ACK : input_.octet();
    packet.seq = near(flow, flow.peer_next);
    packet.ack = near(flow, flow.host_next);
    packet.wnd = input_.word();
    if (packet.has(test::URG)) packet.urgent_pointer = input_.word();
    const std::uint8_t shape = input_.octet();
    if ((shape & 1) != 0) packet.timestamps = {flow.timestamp + input_.octet(), flow.timestamp - input_.octet()};
    if ((shape & 2) != 0) packet.sack = {{near(flow, flow.host_una), near(flow, flow.host_next)}};
    if ((shape & 4) != 0) packet.mss = input_.word();
    if ((shape & 8) != 0) packet.window_scale = input_.octet();
    if ((shape & 16) != 0) {
      const Bytes options = input_.octets(input_.choice(41));
      packet.raw_options.assign(options.begin(), options.end());
      if (options.size() % 4 == 0 && packet.source.address.is_v4()) packet.ip_options = packet.raw_options;
    }
    if ((shape & 32) != 0) packet.text.assign(input_.octet(), 'x');
    if ((shape & 64) != 0) packet.text.assign(input_.word() % 1400, 'y');
    packet.wrong_checksum = (shape & 128) != 0 && input_.octet() < 32;
    if (packet.seq == flow.peer_next) flow.peer_next = packet.end();
    if (packet.has(test::ACK)) flow.host_una = packet.ack;
    arrives(packet);
  }

  TcpPacket addressed(const Flow& flow) const {
    TcpPacket packet;
    packet.source = flow.sockets.remote;
    packet.destination = flow.sockets.local;
    return packet;
  }

  Seq near(const Flow& flow, Seq place) {
    switch (input_.choice(8)) {
      case 0:
        return place + input_.octet();
      case 1:
        return place - input_.octet();
      case 2:
        return place + flow.window + input_.octet() - 128;
      case 3:
        return place + 0x8000'0000U + input_.octet() - 128;
      case 4:
        return Seq{input_.long_word()};
      case 5:
        return flow.host_una;
      default:
        return place;
    }
  }

  void icmp_error(const Flow& flow) {
    if (last_sent_.empty()) return;
    const Bytes quoted = last_sent_[input_.choice(last_sent_.size())];
    const bool v4 = quoted[0] >> 4 == 4;
    const IpAddress from = v4 ? IpAddress::v4(192, 0, 2, 1) : *IpAddress::parse("2001:db8::1");
    const std::uint8_t type = input_.octet() % 16;
    const std::uint8_t code = input_.octet() % 16;
    const std::uint32_t word = input_.word();
    const std::size_t quoted_size = input_.octet();
    const IpAddress& to = stack_.config().addresses[v4 ? 0 : 1].address;
    static_cast<void>(flow);
    stack_.receive(now_, Bytes{test::build_icmp_error(from, to, type, code, word, quoted, quoted_size)});
  }

  /// Octets as they are, or behind an IP header that is right as far as it goes: fragments among them.
  void raw_packet() {
    const std::uint8_t kind = input_.octet();
    const Bytes octets = input_.octets(input_.word() % 600);
    if (kind % 3 == 0) return stack_.receive(now_, octets);
    Octets packet(20, 0);
    packet[0] = 0x45;
    store_be16(&packet[2], static_cast<std::uint16_t>(20 + octets.size()));
    packet[5] = 1;
    if (kind % 3 == 2) store_be16(&packet[6], static_cast<std::uint16_t>(input_.word() & 0x3fff));
    packet[8] = 64;
    packet[9] = std::array<std::uint8_t, 4>{1, 6, 17, 6}[kind >> 6];
    const std::array<std::uint8_t, 8> addresses = {192, 0, 2, 1, 192, 0, 2, 2};
    std::copy(addresses.begin(), addresses.end(), packet.begin() + 12);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 20; i += 2) sum += load_be16(&packet[i]);
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    store_be16(&packet[10], static_cast<std::uint16_t>(~sum));
    packet.insert(packet.end(), octets.begin(), octets.end());
    stack_.receive(now_, Bytes{packet});
  }

  // ---- The user ----

  void listen() {
    ListenOptions options;
    options.backlog = 3;
    for (const AddressPrefix& address : stack_.config().addresses)
      if (const auto listener = stack_.listen({address.address, listening_port}, options))
        listeners_.push_back(*listener);
  }

  void accept() {
    for (const ListenerId listener : listeners_)
      while (const auto connection = stack_.accept(listener)) connections_.push_back(*connection);
  }

  void call() {
    const std::uint8_t which = input_.octet();
    if (which % 16 == 0) return connect();
    if (which % 16 == 1) return accept();
    if (which % 16 == 2 && !listeners_.empty()) {
      stack_.close(now_, listeners_.back());
      return listeners_.pop_back();
    }
    if (which % 16 == 3) return listen();
    if (connections_.empty()) return;
    const ConnectionId connection = connections_[input_.choice(connections_.size())];
    const std::vector<std::uint8_t> octets(input_.word() % 20'000, 'z');
    switch (which % 16) {
      case 4:
        return static_cast<void>(stack_.close(now_, connection));
      case 5:
        return static_cast<void>(stack_.close(now_, connection, CloseKind::both));
      case 6:
        return stack_.abort(now_, connection);
      case 7:
        return static_cast<void>(stack_.set_options(now_, connection, connection_options(input_)));
      case 8:
        return static_cast<void>(stack_.send_urgent(now_, connection, octets));
      case 9:
        return static_cast<void>(stack_.send(now_, connection, Slice::copy_of(octets)));
      case 10:
      case 11:
      case 12:
        return static_cast<void>(stack_.receive(now_, connection, input_.flag() ? SIZE_MAX : input_.octet()));
      default:
        return static_cast<void>(stack_.send(now_, connection, Bytes{octets}));
    }
  }

  /// To a flow's peer, from a port of its own: the flow is that connection's from now on.
  void connect() {
    Flow& target = flow();
    OpenOptions options;
    options.local_port = input_.flag() ? 0 : 6000;
    options.connection = connection_options(input_);
    if (input_.flag()) options.connect_timeout = std::chrono::seconds{input_.octet()};
    const auto connection = stack_.connect(now_, target.sockets.remote, options);
    if (!connection) return;
    connections_.push_back(*connection);
    if (const auto status = stack_.status(*connection)) target.sockets = status->sockets;
    target.state = stack_.state_of(target.sockets);
  }

  // ---- The time, and what the stack does ----

  void wait(Duration duration) {
    const Instant end = now_ + duration;
    for (int deadlines = 0; deadlines < 500; ++deadlines) {
      const auto next = stack_.poll_timeout();
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      turn();
    }
    now_ = end;
    turn();
  }

  void wait_for_deadline() {
    if (const auto next = stack_.poll_timeout()) now_ = std::max(now_, *next);
  }

  void turn() {
    stack_.handle_timeout(now_);
    for (int i = 0; i < max_turns_at_once; ++i) {
      while (const auto event = stack_.poll_event())
        if (event->closed) std::erase(connections_, event->connection);
      transmit();
      const auto next = stack_.poll_timeout();
      only_resets_arrived_ = false;  // their answers have been seen
      if (!next || *next > now_) return;
      stack_.handle_timeout(now_);
    }
    expects(false, "the deadline moves into the future");
  }

  void transmit() {
    std::size_t packets = 0;
    Octets octets;
    while (const OutgoingPacket* packet = stack_.poll_transmit(now_)) {
      for (wire::Segmentation cut(*packet); cut.next(octets);) {
        expects(++packets < max_packets_a_turn, "the output of a turn ends");
        sent(octets);
      }
    }
  }

  void sent(const Octets& octets) {
    expects(octets.size() <= stack_.config().mtu, "a packet fits the MTU");
    const test::ReadPacket packet = test::read(octets);
    expects(!std::holds_alternative<test::BadPacket>(packet), "libtins finds the packet right");
    const auto* segment = std::get_if<TcpPacket>(&packet);
    if (segment == nullptr) return;
    expects(!(segment->has(test::RST) && only_resets_arrived_), "a RST is not answered with a RST");
    if (last_sent_.size() == 8) last_sent_.erase(last_sent_.begin());
    last_sent_.push_back(octets);
    for (Flow& flow : flows_) {
      if (flow.sockets.remote != segment->destination || flow.sockets.local != segment->source) continue;
      flow.host_next = segment->end();
      if (segment->has(test::SYN)) flow.host_una = segment->seq;
      if (segment->has(test::ACK)) flow.peer_next = segment->ack;
      flow.window = segment->wnd;
      if (segment->timestamps) flow.timestamp = segment->timestamps->first;
    }
  }

  /// From now on a copy; the original is taken apart, and whatever the copy still needed of it would be missed.
  void continue_as_copy() {
    Stack copy = stack_;
    Stack twin = stack_;
    stack_ = std::move(copy);
    const Instant later = now_ + 1s;
    twin.handle_timeout(later);
    Stack again = stack_;
    again.handle_timeout(later);
    while (true) {
      const OutgoingPacket* a = twin.poll_transmit(later);
      const OutgoingPacket* b = again.poll_transmit(later);
      expects((a == nullptr) == (b == nullptr), "a copy sends as much as the original");
      if (a == nullptr) break;
      expects(std::ranges::equal(a->header(), b->header()) && a->payload_size() == b->payload_size(),
              "a copy sends what the original sends");
    }
    expects(twin.poll_timeout() == again.poll_timeout(), "a copy waits as long as the original");
  }

  void check() {
    const auto holds = [](const sim::Finding& finding) { expects(!finding, finding ? finding->c_str() : ""); };
    for (Flow& flow : flows_) {
      const tcp::State state = stack_.state_of(flow.sockets);
      holds(sim::follows_the_diagram(flow.state, state));
      flow.state = state;
    }
    holds(sim::keeps_its_limits(stack_));
    for (const ConnectionId connection : connections_) {
      holds(sim::waits_with_a_deadline(stack_, connection));
      const auto status = stack_.status(connection);
      const auto options = stack_.options(connection);
      if (status && options)
        expects(status->pending_receipt <= options->receive_buffer.limit, "no more than RCV.BUFF waits");
    }
  }

  FuzzInput& input_;
  Stack stack_;
  Instant now_;
  std::array<Flow, 4> flows_;
  std::vector<ListenerId> listeners_;
  std::vector<ConnectionId> connections_;
  std::vector<Octets> last_sent_;
  bool only_resets_arrived_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input({data, size});
  World(input).run();
  return 0;
}
