#include "apps/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace handwave {
namespace {

// Columns of a rung: time, state, arrow, state, note, with the gaps between them.
constexpr std::size_t time_columns = 9;
constexpr std::size_t state_columns = 12;
constexpr std::size_t arrow_columns = 43;
constexpr std::size_t note_columns = 18;
constexpr std::size_t name_columns = state_columns + 1 + arrow_columns + 1 + state_columns;
static_assert(time_columns + 2 + name_columns + 2 + note_columns == Ladder::columns);

std::string repeat(std::string_view what, std::size_t times) {
  std::string out;
  for (; times > 0; --times) out += what;
  return out;
}

/// The control bits in the RFC's manner: "SYN,ACK".
std::string flag_names(const wire::TcpFlags& flags) {
  const std::array<std::pair<bool, std::string_view>, 8> names = {{{flags.syn, "SYN"},
                                                                   {flags.fin, "FIN"},
                                                                   {flags.rst, "RST"},
                                                                   {flags.psh, "PSH"},
                                                                   {flags.ack, "ACK"},
                                                                   {flags.urg, "URG"},
                                                                   {flags.ece, "ECE"},
                                                                   {flags.cwr, "CWR"}}};
  std::string out;
  for (const auto& [set, name] : names) {
    if (!set) continue;
    if (!out.empty()) out += ',';
    out += name;
  }
  return out.empty() ? "-" : out;
}

/// Flags and numbers; the places are counted from each end's own SYN.
std::string make_label(const SegmentView& segment, std::optional<Seq> iss, std::optional<Seq> irs) {
  const wire::TcpHeader& header = segment.header;
  const auto relative = [](Seq place, std::optional<Seq> origin) {
    return place.value() - origin.value_or(Seq{}).value();
  };
  const std::string flags = flag_names(header.flags);
  const std::string seq = fmt::format(" seq={}", relative(header.seq, iss));
  const std::string ack = header.flags.ack ? fmt::format(" ack={}", relative(header.ack, irs)) : "";
  const std::string len = segment.length > 0 ? fmt::format(" len={}", segment.length) : "";
  const std::string mss = header.flags.syn && header.options.mss ? fmt::format(" mss={}", *header.options.mss) : "";
  std::string all = flags + seq + ack + len + mss;
  // Long connections have long numbers; the acknowledgment is told by the other direction's places too.
  return all.size() + 5 <= arrow_columns ? all : flags + seq + len;
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

/// How many segments the wire carries for this one.
std::size_t segments(const SegmentView& segment) {
  if (segment.segment_size == 0) return 1;
  return (segment.length + segment.segment_size - 1) / segment.segment_size;
}

}  // namespace

Ladder::Ladder(Instant now, const SegmentView& first, std::string_view left_name, std::string_view right_name,
               States initial)
    : began_(now),
      sockets_(first.sockets),
      left_name_(left_name),
      right_name_(right_name),
      initial_(initial),
      states_(initial) {}

void Ladder::add(Instant now, const SegmentView& segment, States after) {
  const bool rightward = is_rightward(segment);
  Side& sender = rightward ? left_ : right_;
  Side& receiver = rightward ? right_ : left_;
  if (segment.header.flags.syn && !sender.iss) sender.iss = sender.nxt = segment.header.seq;

  Rung rung;
  rung.at = now - began_;
  rung.after = after;
  rung.rightward = rightward;
  rung.label = make_label(segment, sender.iss, receiver.iss);
  rung.note = note(segment, sender, receiver);
  rung.text = segment.first_line;
  sender.nxt = later(sender.nxt, segment.header.seq + segment.sequence_length());

  const bool changes = after != states_;
  states_ = after;
  if (changes || (rungs_.size() < max_rungs && (!rung.note.empty() || !rung.text.empty()))) {
    plain_ = 0;
    rungs_.push_back(std::move(rung));
  } else if (plain_++ < plain_run && rungs_.size() < max_rungs) {
    rungs_.push_back(std::move(rung));
  } else {
    sum_up(segment, rightward, rung);
  }
}

void Ladder::sum_up(const SegmentView& segment, bool rightward, const Rung& rung) {
  const auto sums = [](const Rung& one) { return one.rightwards.segments + one.leftwards.segments > 0; };
  if (rungs_.empty() || !sums(rungs_.back())) {
    rungs_.push_back(rung);
    rungs_.back().note.clear();
    rungs_.back().text.clear();
  }
  Rung& last = rungs_.back();
  last.at = rung.at;
  Sum& sum = rightward ? last.rightwards : last.leftwards;
  sum.segments += segments(segment);
  sum.octets += segment.length;
}

std::string Ladder::note(const SegmentView& segment, Side& sender, Side& receiver) {
  const wire::TcpHeader& header = segment.header;
  if (header.flags.rst) return "reset";
  if (header.flags.syn) return opening_note(segment, sender, receiver);
  const bool opens = !open_ && header.flags.ack && receiver.iss && header.ack > *receiver.iss;
  open_ |= opens;
  if (const std::string closing = closing_note(segment, sender, receiver); !closing.empty()) return closing;
  if (opens) return "handshake 3 of 3";
  if (!segment.first_line.empty()) return segment.first_line.starts_with("HTTP/") ? "response" : "request";
  return {};
}

std::string Ladder::opening_note(const SegmentView& segment, Side& sender, const Side& receiver) {
  if (sender.nxt != segment.header.seq) return "sent again";
  if (segment.header.flags.ack) return "handshake 2 of 3";
  return receiver.iss ? "simultaneous open" : "handshake 1 of 3";
}

/// RFC 9293 §3.6, Figure 12: either end's FIN and the other's ACK of it. Two of the four may share a segment.
std::string Ladder::closing_note(const SegmentView& segment, Side& sender, Side& receiver) {
  const wire::TcpHeader& header = segment.header;
  const bool acknowledges =
      receiver.fin && !receiver.fin_acknowledged && header.flags.ack && header.ack > *receiver.fin;
  if (acknowledges) receiver.fin_acknowledged = true;
  const bool fin = header.flags.fin && !sender.fin;
  if (fin) {
    sender.fin = header.seq + static_cast<std::uint32_t>(segment.length);
    sender.closed_first = !receiver.fin;
  }
  if (fin && acknowledges) return "close 2+3 of 4";
  if (fin) return sender.closed_first ? "close 1 of 4: FIN" : "close 3 of 4: FIN";
  if (acknowledges) return receiver.closed_first ? "close 2 of 4: ACK" : "close 4 of 4: ACK";
  return header.flags.fin ? "sent again" : "";
}

bool Ladder::finished() const {
  const auto over = [](tcp::State state) { return state == tcp::State::closed || state == tcp::State::time_wait; };
  return !rungs_.empty() && over(states_.left) && over(states_.right);
}

std::string Ladder::draw(std::string_view title) const {
  const std::string left = left_name_ + " " + sockets_.local.to_string();
  const std::string right = right_name_ + " " + sockets_.remote.to_string();
  const std::size_t gap = left.size() + right.size() + 2 < name_columns ? name_columns - left.size() - right.size() : 2;
  std::string out = fmt::format("{}\n{:>9}  {}{:{}}{}\n", title, "time/ms", left, "", gap, right);
  fmt::format_to(std::back_inserter(out), "{:9}  {:12} {:43} {}\n", "", tcp::to_string(initial_.left), "",
                 tcp::to_string(initial_.right));
  for (const Rung& rung : rungs_) draw(rung, out);
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
  if (rung.text.empty()) return;
  const std::string text =
      rung.text.size() > arrow_columns ? rung.text.substr(0, arrow_columns - 3) + "..." : rung.text;
  const std::size_t indent = time_columns + 2 + state_columns + 1 + (arrow_columns - text.size()) / 2;
  out += std::string(indent, ' ') + text + "\n";
}

}  // namespace handwave
