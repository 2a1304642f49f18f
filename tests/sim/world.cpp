// Several hosts, the paths between them, and a time that jumps to whatever happens next.
#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "stack/wire/segmentation.hpp"
#include "tests/support/icmp_packet.hpp"
#include "tests/support/transcript.hpp"

namespace handwave::sim {
namespace {

/// More turns than this without the clock moving: somebody's deadline stays in the past, or packets are born of
/// nothing.
constexpr unsigned max_turns_at_once = 100'000;
const IpAddress router_v4 = IpAddress::v4(192, 0, 2, 254);

IpAddress router_v6() { return *IpAddress::parse("2001:db8::fe"); }

std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void take_earlier(std::optional<Instant>& earliest, std::optional<Instant> candidate) {
  if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
}

IpAddress destination_of(Bytes packet) {
  return packet[0] >> 4 == 4 ? IpAddress::from_octets(packet.subspan(16, 4))
                             : IpAddress::from_octets(packet.subspan(24, 16));
}

FourTuple as_seen_by_sender(const test::TcpPacket& packet) { return {packet.source, packet.destination}; }

}  // namespace

Node::Node(World& world, std::string name, const StackConfig& config, const Secret& secret, Duration clock_offset)
    : world_(world), name_(std::move(name)), stack_(config, secret), clock_offset_(clock_offset) {}

Instant Node::now() const { return world_.now() + clock_offset_; }

World::World(std::uint64_t seed)
    : seed_(seed), random_(secret_from_seed(seed)), ladder_(environment_number("HANDWAVE_SIM_LADDER", 120)) {}

Node& World::add(std::string name, const StackConfig& config, Duration clock_offset) {
  StackConfig own = config;
  const std::size_t number = nodes_.size() + 1;
  own.addresses = {*AddressPrefix::parse("192.0.2." + std::to_string(number) + "/24"),
                   *AddressPrefix::parse("2001:db8::" + std::to_string(number) + "/64")};
  const Secret secret = secret_from_seed(random_.next());
  nodes_.push_back(std::make_unique<Node>(*this, std::move(name), own, secret, clock_offset));
  return *nodes_.back();
}

void World::join(Node& a, Node& b, std::string_view impairments, bool super_segments) {
  const auto parsed = parse_impairments(impairments);
  if (!parsed) fail(parsed.error());
  const auto lay = [&](Node& from, Node& to, const Impairment& impairment) {
    const Secret secret = secret_from_seed(random_.next());
    paths_.push_back(std::make_unique<Path>(
        Path{&from, &to, {impairment, 65535, super_segments, {}, {}}, ImpairedPath(impairment, secret), {}}));
  };
  lay(b, a, parsed->in);
  lay(a, b, parsed->out);
}

Path& World::path(const Node& from, const Node& to) {
  for (const auto& path : paths_)
    if (path->from == &from && path->to == &to) return *path;
  fail("there is no path from " + from.name() + " to " + to.name());
}

std::optional<Instant> World::next_instant() {
  std::optional<Instant> next;
  for (const auto& node : nodes_) {
    if (node->vanished_) continue;
    std::optional<Instant> local = node->stack_.poll_timeout();
    if (node->application_) take_earlier(local, node->application_->poll_timeout());
    if (local) take_earlier(next, *local - node->clock_offset_);
  }
  for (const auto& path : paths_) {
    if (const auto arrival = path->impaired.next()) take_earlier(next, std::max(*arrival, path->options.stalled_until));
    if (!path->whole.empty()) take_earlier(next, path->whole.begin()->first);
  }
  if (!icmp_.empty()) take_earlier(next, icmp_.begin()->first);
  return next;
}

bool World::step() {
  const std::optional<Instant> next = next_instant();
  if (!next) return false;
  turns_at_once_ = *next > now_ ? 0 : turns_at_once_ + 1;
  if (turns_at_once_ > max_turns_at_once) fail("the time does not move on: a deadline stays in the past");
  now_ = std::max(now_, *next);
  deliver_what_is_due();
  settle();
  return true;
}

void World::settle() {
  for (const auto& node : nodes_)
    if (!node->vanished_) turn(*node);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_ + limit;
  settle();
  while (!done()) {
    const std::optional<Instant> next = next_instant();
    if (!next || *next > end) {
      now_ = end;
      return done();
    }
    step();
  }
  return true;
}

void World::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

void World::deliver_what_is_due() {
  for (const auto& path : paths_) {
    if (now_ >= path->options.stalled_until)
      while (auto packet = path->impaired.pop(now_)) deliver(*path->to, *packet);
    while (!path->whole.empty() && path->whole.begin()->first <= now_) {
      WholePacket whole = std::move(path->whole.begin()->second);
      path->whole.erase(path->whole.begin());
      deliver(*path->to, std::move(whole));
    }
  }
  while (!icmp_.empty() && icmp_.begin()->first <= now_) {
    auto [to, octets] = std::move(icmp_.begin()->second);
    icmp_.erase(icmp_.begin());
    ladder_.note(now_, "         router ──▶ " + to->name() + "  ICMP: too big");
    if (!to->vanished_) to->stack_.receive(to->now(), Bytes{octets});
  }
}

Flow& World::touch(Node& node, const FourTuple& sockets) {
  Flow& flow = node.flows_[sockets];
  if (std::ranges::find(node.touched_, sockets) == node.touched_.end()) {
    flow.begin_turn();
    node.touched_.push_back(sockets);
  }
  return flow;
}

void World::note_arrival(Node& to, const test::TcpPacket& segment) {
  Flow& flow = touch(to, as_seen_by_sender(segment).reversed());
  flow.note_arrival(segment);
  flow.last_arrival = now_;
  ladder_.arrived(now_, to.name(), segment, flow.arrived.irs(), flow.iss);
}

void World::deliver(Node& to, const PacketOnPath& packet) {
  if (to.vanished_) return;
  const test::ReadPacket read_packet = test::read(packet.octets);
  if (const auto* segment = std::get_if<test::TcpPacket>(&read_packet))
    note_arrival(to, *segment);
  else
    ladder_.note(now_, "         ──▶ " + to.name() + "  a damaged packet");
  to.stack_.receive(to.now(), Bytes{packet.octets});
}

void World::deliver(Node& to, WholePacket whole) {
  if (to.vanished_) return;
  for (const test::TcpPacket& segment : whole.segments) note_arrival(to, segment);
  to.stack_.receive(to.now(), std::move(whole.packet));
}

void World::turn(Node& node) {
  const Instant now = node.now();
  node.stack_.handle_timeout(now);
  pass_events(node, now);
  if (node.application_) node.application_->handle_timeout(now);
  for (bool busy = true; busy;) {
    busy = pass_events(node, now);
    busy = transmit(node) || busy;
  }
  check_after_turn(node);
}

bool World::pass_events(Node& node, Instant now) {
  bool any = false;
  while (const auto event = node.stack_.poll_event()) {
    if (node.application_) node.application_->handle(now, *event);
    any = true;
  }
  return any;
}

bool World::transmit(Node& node) {
  bool any = false;
  std::vector<std::uint8_t> octets;
  while (const OutgoingPacket* packet = node.stack_.poll_transmit(node.now())) {
    any = true;
    wire::Segmentation segments(*packet);
    Path* whole = nullptr;
    while (segments.next(octets)) {
      ++packets_;
      watch(node, octets);
      Path* way = route(node, octets);
      if (way == nullptr) continue;
      if (way->options.super_segments)
        whole = way;
      else
        send(node, octets);
    }
    if (whole != nullptr) send_whole(*whole, now_, *packet);
  }
  return any;
}

Path* World::route(Node& from, Bytes packet) {
  const IpAddress destination = destination_of(packet);
  for (const auto& path : paths_)
    if (path->from == &from && (path->to->v4() == destination || path->to->v6() == destination)) return path.get();
  return nullptr;
}

void World::send(Node& from, Bytes packet) {
  Path* path = route(from, packet);
  if (packet.size() > path->options.mtu) return refuse_as_too_big(*path, packet);
  if (path->options.loses) {
    const test::ReadPacket read_packet = test::read(packet);
    const auto* segment = std::get_if<test::TcpPacket>(&read_packet);
    if (segment != nullptr && path->options.loses(*segment)) return;
  }
  path->impaired.push(now_, {{packet.begin(), packet.end()}, false});
}

void World::send_whole(Path& path, Instant now, const OutgoingPacket& packet) {
  Block block = Block::allocate(packet.size());
  std::uint8_t* to = std::ranges::copy(packet.header(), block.data()).out;
  for (const Bytes slice : packet.payload()) to = std::ranges::copy(slice, to).out;
  WholePacket whole;
  whole.packet.bytes = Slice(std::move(block), 0, packet.size());
  whole.packet.checksum_verified = true;
  whole.packet.segment_size = packet.segment_size;
  std::vector<std::uint8_t> octets;
  for (wire::Segmentation segments(packet); segments.next(octets);) {
    const test::ReadPacket segment = test::read(octets);
    if (const auto* tcp = std::get_if<test::TcpPacket>(&segment)) whole.segments.push_back(*tcp);
  }
  path.whole.emplace(now + path.options.impairment.delay, std::move(whole));
}

void World::refuse_as_too_big(Path& path, Bytes packet) {
  const bool v4 = packet[0] >> 4 == 4;
  ladder_.note(now_, "router: " + std::to_string(packet.size()) + " octets are too big");
  const auto mtu = static_cast<std::uint32_t>(path.options.mtu);
  auto error = v4 ? test::build_icmp_error(router_v4, path.from->v4(), 3, 4, mtu, packet, 8)
                  : test::build_icmp_error(router_v6(), path.from->v6(), 2, 0, mtu, packet, 1200);
  icmp_.emplace(now_ + path.options.impairment.delay, std::pair{path.from, std::move(error)});
}

void World::watch(Node& from, Bytes packet) {
  const test::ReadPacket read_packet = test::read(packet);
  if (const auto* bad = std::get_if<test::BadPacket>(&read_packet))
    fail(from.name() + " sent a packet that is wrong: " + bad->reason);
  const auto* segment = std::get_if<test::TcpPacket>(&read_packet);
  if (segment == nullptr) return;
  Flow& flow = touch(from, as_seen_by_sender(*segment));
  const Seq iss = segment->has(test::SYN) ? segment->seq : flow.iss;
  ladder_.sent(now_, from.name(), *segment, iss, flow.arrived.irs());
  if (packet.size() > from.stack_.config().mtu) fail(from.name() + " sent a packet larger than its MTU");
  if (const Finding finding = may_send(flow, *segment)) fail(from.name() + ": " + *finding);
  flow.note_sending(*segment);
  if (observer_) observer_(from, *segment);
}

void World::check_after_turn(Node& node) {
  const auto check = [&](const Finding& finding) {
    if (finding) fail(node.name() + ": " + *finding);
  };
  for (const FourTuple& sockets : node.touched_) {
    Flow& flow = node.flows_[sockets];
    check(answers_no_reset_with_a_reset(flow));
    check(acknowledges_with_measure(flow));
    const tcp::State state = node.stack_.state_of(sockets);
    check(follows_the_diagram(flow.state, state));
    flow.state = state;
  }
  node.touched_.clear();
  check(keeps_its_limits(node.stack_));
  if (node.check_) node.check_();
}

void World::fail(const std::string& what) const {
  std::string text = what + "\nat " + test::seconds_text(now_.time_since_epoch()) + " s, seed " +
                     std::to_string(seed_) + " (HANDWAVE_SIM_SEED=" + std::to_string(seed_) + ")\n";
  for (const auto& node : nodes_) {
    text += node->name() + ":";
    for (const auto& [sockets, flow] : node->flows_) {
      if (node->flows_.size() > 8) break;
      text += " " + sockets.local.to_string() + "-" + sockets.remote.to_string() + " " +
              std::string(tcp::to_string(node->stack_.state_of(sockets)));
    }
    text += '\n';
  }
  throw Violation(text + ladder_.to_string());
}

std::vector<std::uint64_t> seeds(std::size_t count, std::uint64_t first) {
  if (const std::uint64_t one = environment_number("HANDWAVE_SIM_SEED", 0); one != 0) return {one};
  count *= environment_number("HANDWAVE_SIM_SEEDS", 1);
  std::vector<std::uint64_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = first + i;
  return all;
}

}  // namespace handwave::sim
