// The rules of states, time and memory.
#include <array>

#include "tests/oracle/rules.hpp"

namespace handwave::oracle {
namespace {

using tcp::State;

// The model's states have the numbers of the stack's, in the RFC's order of listing.
State stack_state(model::State state) { return static_cast<State>(state); }

bool is_end(State state) { return state == State::closed || state == State::listen; }

/// A way along the arrows, of three at most: a segment may bring an ACK and a FIN to one that was just established. The
/// states without a TCB are one here: which of them it is depends on whether anybody listens.
bool leads(State from, State to, unsigned arrows) {
  if (from == to || (is_end(from) && is_end(to))) return true;
  if (arrows == 0) return false;
  for (const tcp::Transition& arrow : tcp::transitions) {
    const bool begins = arrow.from == from || (is_end(arrow.from) && is_end(from));
    if (!begins) continue;
    const bool ends = arrow.to == to || (is_end(arrow.to) && is_end(to));
    if (ends || (!is_end(arrow.to) && leads(arrow.to, to, arrows - 1))) return true;
  }
  return false;
}

}  // namespace

Finding is_in_the_models_state(const Flow& flow, const Step& step) {
  const State due = stack_state(flow.model.state);
  if (step.stack_after == due) return std::nullopt;
  return "the state is " + std::string(tcp::to_string(step.stack_after)) + ", and " + std::string(tcp::to_string(due)) +
         " is due";
}

Finding follows_the_table(const Step& step) {
  if (leads(step.stack_before, step.stack_after, 3)) return std::nullopt;
  return "from " + std::string(tcp::to_string(step.stack_before)) + " to " +
         std::string(tcp::to_string(step.stack_after)) + ", where no arrow leads";
}

Finding tells_the_user(const Flow& flow, const Step& step) {
  if (step.stimulus != Stimulus::segment || !step.to_this_flow || !flow.id) return std::nullopt;
  switch (step.decision.signal) {
    case model::Signal::closing:
      return step.told_closing ? std::nullopt : Finding{"the user is not told of the peer's FIN"};
    case model::Signal::reset:
      return step.told_closed && step.error == TcpError::connection_reset ? std::nullopt
                                                                          : Finding{"the user is not told of the RST"};
    case model::Signal::refused:
      return step.told_closed && step.error == TcpError::connection_refused
                 ? std::nullopt
                 : Finding{"the user is not told that the connection was refused"};
    case model::Signal::nothing:
      return step.told_closing ? Finding{"the user is told of a FIN that was not received"} : std::nullopt;
  }
  return std::nullopt;
}

Finding acknowledges_in_time(const Flow& flow, const Step& step) {
  if (!flow.model.synchronized() || step.now <= flow.acknowledge_by) return std::nullopt;
  return "text was taken more than half a second ago, and is not acknowledged";
}

Finding keeps_time_wait(const Flow& flow, const Step& step, Duration msl) {
  if (step.stack_after != State::time_wait || flow.model.state != model::State::time_wait) return std::nullopt;
  if (step.now.time_since_epoch() - flow.model.time_wait_since < 2 * msl) return std::nullopt;
  return "it is in TIME-WAIT for longer than 2 MSL";
}

Finding waits_with_a_deadline(const Flow& flow, const Stack& stack) {
  const model::Connection& c = flow.model;
  const bool waits = c.has_tcb() && c.state != model::State::time_wait && c.snd_una != c.snd_nxt;
  if (!waits || stack.poll_timeout()) return std::nullopt;
  return "something is outstanding, and no timer runs";
}

Finding knows_the_peers_window(const Flow& flow, const Stack& stack) {
  if (!flow.id || !flow.model.synchronized()) return std::nullopt;
  const auto status = stack.status(*flow.id);
  if (!status || status->state == State::closed || status->state == State::time_wait) return std::nullopt;
  if (status->send_window == flow.model.snd_wnd) return std::nullopt;
  return "SND.WND is " + std::to_string(status->send_window) + ", and " + std::to_string(flow.model.snd_wnd) +
         " is due";
}

Finding keeps_its_limits(const Flow& flow, const Stack& stack) {
  const Population population = stack.population();
  const StackConfig& config = stack.config();
  if (population.connections > config.max_connections) return "more connections than max_connections";
  if (population.half_open > config.max_half_open) return "more half-open connections than max_half_open";
  if (population.time_wait > config.max_time_wait) return "more TIME-WAITs than max_time_wait";
  if (!flow.id) return std::nullopt;
  const auto status = stack.status(*flow.id);
  const auto options = stack.options(*flow.id);
  if (!status || !options) return std::nullopt;
  if (status->pending_receipt > options->receive_buffer.limit) return "more octets wait to be read than RCV.BUFF";
  if (status->awaiting_acknowledgment > options->send_buffer.limit)
    return "more octets wait than the send buffer holds";
  return std::nullopt;
}

Finding has_given_up(const Flow& flow) {
  const model::Connection& c = flow.model;
  if (flow.patient || !c.has_tcb()) return std::nullopt;
  const bool idle = c.synchronized() && c.state != model::State::time_wait && c.snd_una == c.snd_nxt &&
                    (!c.close_called || c.fin_sent()) && c.snd_nxt - c.iss - 1 >= c.written;
  if (idle) return std::nullopt;
  return "a day has passed without a word from the peer, and something waits for it yet";
}

}  // namespace handwave::oracle
