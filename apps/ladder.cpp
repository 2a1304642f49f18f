#include "apps/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace handwave {
namespace {

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
  const std::string flags = flag_names(header.flags) + (segment.congestion_experienced ? " CE" : "");
  const std::string seq = fmt::format(" seq={}", relative(header.seq, iss));
  const std::string ack = header.flags.ack ? fmt::format(" ack={}", relative(header.ack, irs)) : "";
  const std::string len = segment.length > 0 ? fmt::format(" len={}", segment.length) : "";
  const std::string mss = header.flags.syn && header.options.mss ? fmt::format(" mss={}", *header.options.mss) : "";
  std::string all = flags + seq + ack + len + mss;
  // Long connections have long numbers; the acknowledgment is told by the other direction's places too.
  return all.size() + 5 <= Ladder::arrow_columns ? all : flags + seq + len;
}

/// Who opens the connection is TLS's client.
tls::Speaker speaker(bool rightward) { return rightward ? tls::Speaker::client : tls::Speaker::server; }

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
  if (segment.header.flags.syn && !sender.iss) {
    sender.iss = sender.nxt = segment.header.seq;
    tls_.synchronize(speaker(rightward), segment.header.seq);
  }

  Rung rung;
  rung.at = now - began_;
  rung.after = after;
  rung.rightward = rightward;
  rung.label = make_label(segment, sender.iss, receiver.iss);
  rung.note = note(segment, sender, receiver);
  rung.text = segment.first_line;
  sender.nxt = later(sender.nxt, segment.header.seq + segment.sequence_length());
  const bool tls_was_open = !sender.close_notify;
  read_tls(segment, rung);

  const bool changes = after != states_ || (tls_was_open && sender.close_notify);
  states_ = after;
  const bool notable = !rung.note.empty() || !rung.text.empty() || rung.messages.notable();
  if (changes || (rungs_.size() < max_rungs && notable)) {
    plain_ = 0;
    rungs_.push_back(std::move(rung));
  } else if (plain_++ < plain_run && rungs_.size() < max_rungs) {
    rungs_.push_back(std::move(rung));
  } else {
    sum_up(segment, rightward, rung);
  }
}

/// Hears the segment's text. Most messages end in it, some, if it filled a gap, in one that came before.
void Ladder::read_tls(const SegmentView& segment, Rung& rung) {
  if (segment.text.empty() || segment.header.flags.syn) return;
  const tls::Speaker from = speaker(rung.rightward);
  rung.text_begin = tls_.offset_of(from, segment.header.seq);
  rung.text_end = rung.text_begin + segment.text.size();
  tls_.hear(from, segment.header.seq, segment.text);
  for (const tls::Overheard& message : tls_.take()) attach(message, rung);
}

/// Gives the message to the rung in which it ended. If that was summed up, `newest` has it, which completed it.
void Ladder::attach(const tls::Overheard& message, Rung& newest) {
  const bool rightward = message.from == tls::Speaker::client;
  Side& sender = rightward ? left_ : right_;
  std::string note = http_note(message);
  if (message.is_close_notify() && !sender.close_notify) {
    sender.close_notify = true;
    note = left_.close_notify && right_.close_notify ? "TLS close 2 of 2" : "TLS close 1 of 2";
  }
  const auto found = std::ranges::find_if(rungs_, [&](const Rung& rung) {
    return rung.rightward == rightward && rung.text_begin < message.end && message.end <= rung.text_end;
  });
  Rung& rung = found != rungs_.end() ? *found : newest;
  rung.messages.add(message, std::move(note));
}

void Ladder::attach_late() {
  Rung none;  // what belongs to no rung that is drawn goes with it
  for (const tls::Overheard& message : tls_.take()) attach(message, none);
}

void Ladder::add_secret(std::string_view key_log_line) {
  tls_.add_secret(key_log_line);
  attach_late();
}

void Ladder::stop_waiting() {
  tls_.stop_waiting();
  attach_late();
}

void Ladder::sum_up(const SegmentView& segment, bool rightward, const Rung& rung) {
  const auto sums = [](const Rung& one) { return one.rightwards.segments + one.leftwards.segments > 0; };
  if (rungs_.empty() || !sums(rungs_.back())) {
    rungs_.push_back(rung);
    rungs_.back().note.clear();
    rungs_.back().text.clear();
    rungs_.back().messages = {};
    rungs_.back().text_end = 0;
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

}  // namespace handwave
