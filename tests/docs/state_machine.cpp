// Prints docs/STATE_MACHINE.md: the transition table of stack/tcp/state.hpp (RFC 9293 §3.3.2) as a diagram and as a
// table.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "stack/tcp/state.hpp"

using handwave::tcp::State;
using handwave::tcp::Transition;
using handwave::tcp::transitions;

namespace {

/// Mermaid's identifiers have no hyphens.
std::string identifier(State state) {
  std::string name(to_string(state));
  std::ranges::replace(name, '-', '_');
  return name;
}

/// The arrows that Figure 5 leaves out: every state may fall straight to CLOSED. Drawn, they would hide the others.
bool is_sudden_end(const Transition& transition) {
  return transition.to == State::closed && (transition.event.find("RST") != std::string_view::npos ||
                                            transition.event.find("ABORT") != std::string_view::npos);
}

void print_diagram() {
  fmt::print("```mermaid\nstateDiagram-v2\n");
  for (std::size_t i = 0; i < handwave::tcp::state_count; ++i) {
    const auto state = static_cast<State>(i);
    fmt::print("  state \"{}\" as {}\n", to_string(state), identifier(state));
  }
  fmt::print("  [*] --> CLOSED\n");
  for (const Transition& transition : transitions) {
    if (is_sudden_end(transition)) continue;
    fmt::print("  {} --> {}: {}", identifier(transition.from), identifier(transition.to), transition.event);
    if (!transition.action.empty()) fmt::print(" / {}", transition.action);
    fmt::print("\n");
  }
  fmt::print("```\n");
}

void print_table() {
  fmt::print("| from | to | when | what is done |\n| --- | --- | --- | --- |\n");
  for (const Transition& transition : transitions)
    fmt::print("| {} | {} | {} | {} |\n", to_string(transition.from), to_string(transition.to), transition.event,
               transition.action);
}

}  // namespace

int main() {
  fmt::print(
      "# The states of a connection\n\n"
      "<!-- Generated from `transitions` in stack/tcp/state.hpp by `tests/run --update-docs docs`: edit that, not "
      "this. -->\n\n"
      "RFC 9293 §3.3.2, as the code has it: entering a state asserts that its arrow is in this table "
      "([`stack/tcp/state.hpp`](../stack/tcp/state.hpp)). The table dispatches nothing. What a segment does is decided "
      "by "
      "the steps of §3.10.7.\n\n"
      "## The diagram\n\nWithout the sudden ends (RST, ABORT, a timeout), which lead from everywhere to CLOSED.\n\n");
  print_diagram();
  fmt::print("\n## Every arrow\n\n");
  print_table();
}
