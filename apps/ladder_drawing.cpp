// The ladder as text: how its rungs and what stands below them are written.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>

#include "apps/ladder.hpp"

namespace handwave {
namespace {

// Columns of a rung: time, state, arrow, state, note, with the gaps between them.
constexpr std::size_t time_columns = 9;
constexpr std::size_t state_columns = 12;
constexpr std::size_t arrow_columns = Ladder::arrow_columns;
constexpr std::size_t note_columns = 18;
constexpr std::size_t name_columns = state_columns + 1 + arrow_columns + 1 + state_columns;
static_assert(time_columns + 2 + name_columns + 2 + note_columns == Ladder::columns);

std::string repeat(std::string_view what, std::size_t times) {
  std::string out;
  for (; times > 0; --times) out += what;
  return out;
}

std::string arrow(std::string_view label, bool rightward) {
  const std::size_t taken = std::min(label.size() + 4, arrow_columns);  // two spaces, an arrow head, a dash before
  const std::size_t dashes = arrow_columns - taken;
  const std::size_t before = std::min<std::size_t>(dashes, 3);
  if (rightward) return fmt::format("{} {} {}▶", repeat("─", before + 1), label, repeat("─", dashes - before));
  return fmt::format("◀{} {} {}", repeat("─", before + 1), label, repeat("─", dashes - before));
}

std::string human_size(std::uint64_t octets) {
  if (octets < 10'000) return fmt::format("{} B", octets);
  if (octets < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(octets) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(octets) / 1e6);
}

std::string shortened(const std::string& text, std::size_t room) {
  return text.size() > room ? text.substr(0, room - 3) + "..." : text;
}

}  // namespace

std::string Ladder::draw(std::string_view title) const {
  const std::string left = left_name_ + " " + sockets_.local.to_string();
  const std::string right = right_name_ + " " + sockets_.remote.to_string();
  const std::size_t gap = left.size() + right.size() + 2 < name_columns ? name_columns - left.size() - right.size() : 2;
  std::string out = fmt::format("{}\n{:>9}  {}{:{}}{}\n", title, "time/ms", left, "", gap, right);
  fmt::format_to(std::back_inserter(out), "{:9}  {:12} {:43} {}\n", "", tcp::to_string(initial_.left), "",
                 tcp::to_string(initial_.right));
  for (const Rung& rung : rungs_) draw(rung, out);
  if (const std::string_view signs = legend(tls_.settled()); !signs.empty())
    fmt::format_to(std::back_inserter(out), "{:11}TLS          {}\n", "", signs);
  return out;
}

void Ladder::draw(const Rung& rung, std::string& out) {
  const double milliseconds = std::chrono::duration<double, std::milli>(rung.at).count();
  const bool sums = rung.rightwards.segments + rung.leftwards.segments > 0;
  std::string middle;
  if (sums) {
    middle =
        fmt::format(" ⋮  ▶ {} more, {}   ◀ {} more, {}", rung.rightwards.segments, human_size(rung.rightwards.octets),
                    rung.leftwards.segments, human_size(rung.leftwards.octets));
    const std::size_t shown = middle.size() - 6;  // three characters of three octets each
    middle.append(shown < arrow_columns ? arrow_columns - shown : 0, ' ');
  } else {
    middle = arrow(rung.label, rung.rightward);
  }
  std::string line = fmt::format("{:9.3f}  {:12} {} {:12}", milliseconds, tcp::to_string(rung.after.left), middle,
                                 tcp::to_string(rung.after.right));
  if (!rung.note.empty()) line += "  " + rung.note;
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
  draw(rung.messages, out);
  if (rung.text.empty()) return;
  const std::string text = shortened(rung.text, arrow_columns);
  const std::size_t indent = time_columns + 2 + state_columns + 1 + (arrow_columns - text.size()) / 2;
  out += std::string(indent, ' ') + text + "\n";
}

/// Below the rung's arrow, their notes below its note.
void Ladder::draw(const MessageLines& messages, std::string& out) {
  constexpr std::size_t indent = time_columns + 2;
  constexpr std::size_t text_columns = name_columns - state_columns - 1;
  for (const MessageLine& message : messages.lines()) {
    const std::size_t room = text_columns + (message.note.empty() ? 2 + note_columns : 0);
    std::string line =
        fmt::format("{:{}}{:{}} {:{}}", "", indent, "TLS", state_columns, shortened(message.text, room), text_columns);
    if (!message.note.empty()) line += "  " + message.note;
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

}  // namespace handwave
