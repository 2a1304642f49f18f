// What a world checks of each packet when it is sent, and of each host after its turn.
#include "tests/sim/world.hpp"

namespace handwave::sim {

void World::watch(Node& from, Bytes packet) {
  const test::ReadPacket read_packet = test::read(packet);
  if (const auto* bad = std::get_if<test::BadPacket>(&read_packet))
    fail(from.name() + " sent a packet that is wrong: " + bad->reason);
  const auto* segment = std::get_if<test::TcpPacket>(&read_packet);
  if (segment == nullptr) return;
  Flow& flow = from.touch({segment->source, segment->destination});
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

}  // namespace handwave::sim
