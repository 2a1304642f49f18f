// The last packets of a world as a ladder.
#include "tests/sim/ladder.hpp"

#include <utility>

#include "tests/support/transcript.hpp"

namespace handwave::sim {
namespace {

/// Text is replaced by its size at once, so that a line stays small; it is put back as blanks to be described.
test::TcpPacket without_text(const test::TcpPacket& packet) {
  test::TcpPacket copy = packet;
  copy.text.clear();
  copy.text.shrink_to_fit();
  return copy;
}

}  // namespace

void Ladder::sent(Instant at, const std::string& node, const test::TcpPacket& packet, Seq seq_base, Seq ack_base) {
  const std::string arrow = node + " ──▶ " + packet.destination.to_string();
  add({at, arrow, without_text(packet), packet.text.size(), seq_base, ack_base});
}

void Ladder::arrived(Instant at, const std::string& node, const test::TcpPacket& packet, Seq seq_base, Seq ack_base) {
  const std::string arrow = "         " + packet.source.to_string() + " ──▶ " + node;
  add({at, arrow, without_text(packet), packet.text.size(), seq_base, ack_base});
}

void Ladder::note(Instant at, const std::string& what) {
  Line line;
  line.at = at;
  line.arrow = what;
  line.is_note = true;
  add(std::move(line));
}

void Ladder::add(Line line) {
  lines_.push_back(std::move(line));
  if (lines_.size() <= limit_) return;
  lines_.pop_front();
  ++forgotten_;
}

std::string Ladder::to_string() const {
  std::string text = std::to_string(forgotten_) + " earlier lines left out\n";
  for (const Line& line : lines_) {
    text += test::seconds_text(line.at.time_since_epoch()) + "  " + line.arrow;
    if (!line.is_note) {
      test::TcpPacket packet = line.packet;
      packet.text.assign(line.text_size, ' ');
      text += "  " + test::describe(packet, line.seq_base, line.ack_base);
    }
    text += '\n';
  }
  return text;
}

}  // namespace handwave::sim
