// What must always hold, whatever the network does.
#include "tests/sim/invariants.hpp"

#include <array>

namespace handwave::sim {
namespace {

using tcp::State;

std::string number(Seq place, Seq base) { return std::to_string(place - base); }

bool is_closing_end(State state) { return state == State::closed || state == State::listen; }

/// reach[from][to]: there is a way along the arrows whose inner stops are neither CLOSED nor LISTEN.
using Reach = std::array<std::array<bool, tcp::state_count>, tcp::state_count>;

Reach reachable() {
  Reach reach{};
  for (const tcp::Transition& arrow : tcp::transitions)
    reach[static_cast<std::size_t>(arrow.from)][static_cast<std::size_t>(arrow.to)] = true;
  for (std::size_t via = 0; via < tcp::state_count; ++via) {
    if (is_closing_end(static_cast<State>(via))) continue;
    for (std::size_t from = 0; from < tcp::state_count; ++from)
      for (std::size_t to = 0; to < tcp::state_count; ++to)
        reach[from][to] = reach[from][to] || (reach[from][via] && reach[via][to]);
  }
  return reach;
}

}  // namespace

Finding leaves_no_gap(const Flow& flow, const test::TcpPacket& packet) {
  if (packet.has(test::SYN) || !flow.syn_sent || packet.seq <= flow.snd_max) return std::nullopt;
  return "SEG.SEQ " + number(packet.seq, flow.iss) + " is beyond SND.NXT " + number(flow.snd_max, flow.iss);
}

Finding stays_in_the_window(const Flow& flow, const test::TcpPacket& packet) {
  if (packet.has(test::SYN) || !flow.syn_sent || packet.sequence_length() == 0) return std::nullopt;
  const std::uint32_t probe = packet.sequence_length() == 1 ? 1 : 0;
  if (packet.end() <= flow.right_edge_arrived + probe) return std::nullopt;
  return "the segment ends at " + number(packet.end(), flow.iss) + ", the window at " +
         number(flow.right_edge_arrived, flow.iss);
}

Finding acknowledges_only_what_arrived(const Flow& flow, const test::TcpPacket& packet) {
  if (!packet.has(test::ACK)) return std::nullopt;
  if (!flow.arrived.begun()) return "an ACK before any SYN has arrived";
  if (packet.ack <= flow.arrived.contiguous_end()) return std::nullopt;
  return "SEG.ACK " + number(packet.ack, flow.arrived.irs()) + " is beyond what has arrived, " +
         number(flow.arrived.contiguous_end(), flow.arrived.irs());
}

Finding acknowledgments_never_go_back(const Flow& flow, const test::TcpPacket& packet) {
  if (!packet.has(test::ACK) || !flow.ack_sent || packet.has(test::SYN)) return std::nullopt;
  if (flow.last_ack_sent <= packet.ack) return std::nullopt;
  return "SEG.ACK " + number(packet.ack, flow.arrived.irs()) + " after " +
         number(flow.last_ack_sent, flow.arrived.irs());
}

Finding never_shrinks_its_window(const Flow& flow, const test::TcpPacket& packet) {
  if (!packet.has(test::ACK) || !flow.ack_sent || packet.has(test::SYN)) return std::nullopt;
  const std::uint8_t scale = flow.scales() ? *flow.scale_sent : std::uint8_t{0};
  const Seq edge = packet.ack + (std::uint32_t{packet.wnd} << scale);
  const std::uint32_t rounding = (1U << scale) - 1;  // RFC 7323 §2.4
  if (flow.right_edge_sent <= edge + rounding) return std::nullopt;
  return "the window's right edge goes back from " + number(flow.right_edge_sent, flow.arrived.irs()) + " to " +
         number(edge, flow.arrived.irs());
}

Finding marks_only_new_text(const Flow& flow, const test::TcpPacket& packet) {
  const bool probe = packet.text.size() == 1 && packet.end() > flow.right_edge_arrived;
  const bool new_text = !packet.text.empty() && !packet.has(test::SYN) && flow.snd_max <= packet.seq && !probe;
  if (new_text) return std::nullopt;
  if ((packet.traffic_class & 0b11) != 0) return "what is no new text says that it is ECN-capable";
  if (packet.has(test::CWR) && !packet.has(test::SYN)) return "CWR on what is no new text";
  return std::nullopt;
}

Finding may_send(const Flow& flow, const test::TcpPacket& packet) {
  if (Finding finding = marks_only_new_text(flow, packet)) return finding;
  if (packet.has(test::RST)) return std::nullopt;
  for (const auto rule : {leaves_no_gap, stays_in_the_window, acknowledges_only_what_arrived,
                          acknowledgments_never_go_back, never_shrinks_its_window})
    if (Finding finding = rule(flow, packet)) return finding;
  return std::nullopt;
}

Finding answers_no_reset_with_a_reset(const Flow& flow) {
  if (flow.resets_sent == 0 || flow.resets_arrived == 0 || flow.segments_arrived > flow.resets_arrived)
    return std::nullopt;
  return "a RST was answered with a RST";
}

Finding acknowledges_with_measure(const Flow& flow) {
  if (flow.pure_acks_sent <= flow.segments_arrived + 2) return std::nullopt;
  return std::to_string(flow.pure_acks_sent) + " ACKs for " + std::to_string(flow.segments_arrived) + " segments";
}

Finding follows_the_diagram(State before, State after) {
  static const Reach reach = reachable();
  const auto from = static_cast<std::size_t>(before);
  const auto allowed = [&](State to) { return reach[from][static_cast<std::size_t>(to)]; };
  if (before == after || allowed(after)) return std::nullopt;
  // The states of having no TCB look like LISTEN where there is a listener, and like CLOSED where there is none (any
  // more): going there is going to either, and coming from there is coming from either.
  if (is_closing_end(after) && (allowed(State::closed) || allowed(State::listen) || is_closing_end(before)))
    return std::nullopt;
  if (before == State::listen && reach[static_cast<std::size_t>(State::closed)][static_cast<std::size_t>(after)])
    return std::nullopt;
  return "from " + std::string(tcp::to_string(before)) + " to " + std::string(tcp::to_string(after)) +
         ", where no arrow of the diagram leads";
}

Finding keeps_its_limits(const Stack& stack) {
  const Population population = stack.population();
  const StackConfig& config = stack.config();
  if (population.connections > config.max_connections) return "more connections than max_connections";
  if (population.half_open > config.max_half_open) return "more half-open connections than max_half_open";
  if (population.time_wait > config.max_time_wait) return "more TIME-WAITs than max_time_wait";
  return std::nullopt;
}

Finding waits_with_a_deadline(const Stack& stack, ConnectionId connection) {
  const auto status = stack.status(connection);
  if (!status || status->awaiting_acknowledgment == 0 || stack.poll_timeout()) return std::nullopt;
  return std::to_string(status->awaiting_acknowledgment) + " octets wait for an acknowledgment and no timer runs";
}

Finding keeps_its_buffers(const Stack& stack, ConnectionId connection) {
  const auto status = stack.status(connection);
  const auto options = stack.options(connection);
  if (!status || !options) return std::nullopt;
  if (status->pending_receipt > options->receive_buffer.limit)
    return std::to_string(status->pending_receipt) + " octets wait to be read in a buffer of " +
           std::to_string(options->receive_buffer.limit);
  if (status->awaiting_acknowledgment > options->send_buffer.limit)
    return std::to_string(status->awaiting_acknowledgment) + " octets wait in a send buffer of " +
           std::to_string(options->send_buffer.limit);
  return std::nullopt;
}

}  // namespace handwave::sim
