// The rules of how a segment is answered.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/rules.hpp"

namespace handwave::oracle {
namespace {

using model::Reason;
using model::Reply;

/// The counter that names each reason.
constexpr auto counters_of_reasons = std::to_array<std::pair<Reason, Counter>>({
    {Reason::no_connection, Counter::tcp_no_connection},
    {Reason::rst_ignored, Counter::tcp_rst_ignored},
    {Reason::rst_in_window, Counter::tcp_rst_in_window},
    {Reason::reset, Counter::tcp_resets_received},
    {Reason::unacceptable, Counter::tcp_unacceptable},
    {Reason::old_timestamp, Counter::tcp_paws_rejected},
    {Reason::no_timestamp, Counter::tcp_timestamp_missing},
    {Reason::syn_challenged, Counter::tcp_syn_challenged},
    {Reason::no_ack, Counter::tcp_ack_missing},
    {Reason::ack_unacceptable, Counter::tcp_ack_unacceptable},
    {Reason::text_after_fin, Counter::tcp_text_ignored},
});

bool is_segment_of(const Step& step) { return step.stimulus == Stimulus::segment && step.to_this_flow; }

bool is_bare_ack(const Sent& sent) { return sent.seg.has_ack && sent.seg.len() == 0 && !sent.seg.rst; }

Finding is_the_reset(const model::Decision& decision, const std::vector<Sent>& sent) {
  if (sent.size() != 1 || !sent[0].seg.rst) return "a RST is due, and nothing else";
  const model::Segment& reset = sent[0].seg;
  if (reset.seq != decision.reset_seq)
    return "the RST has SEG.SEQ " + std::to_string(reset.seq) + ", and " + std::to_string(decision.reset_seq) +
           " is due";
  if (reset.has_ack != decision.reset_ack.has_value() || (reset.has_ack && reset.ack != *decision.reset_ack))
    return "the RST's ACK is not that of what it answers";
  return std::nullopt;
}

}  // namespace

Finding answers_as_the_rfc(const Flow& flow, const Step& step) {
  if (!is_segment_of(step)) return std::nullopt;
  const bool acknowledged = std::ranges::any_of(step.sent, [&](const Sent& sent) {
    return sent.seg.has_ack && !sent.seg.rst && sent.seg.ack == flow.model.rcv_nxt;
  });
  const bool reset = std::ranges::any_of(step.sent, [](const Sent& sent) { return sent.seg.rst; });
  if (step.decision.reply == Reply::reset) return is_the_reset(step.decision, step.sent);
  if (reset) return "a RST leaves, and none is due";
  switch (step.decision.reply) {
    case Reply::ack:
      return acknowledged ? std::nullopt : Finding{"an ACK is due, and none leaves"};
    case Reply::challenge:
      if (acknowledged || step.counted(Counter::tcp_challenge_acks_limited) > 0) return std::nullopt;
      return "a challenge ACK is due, and none leaves";
    case Reply::syn_ack:
      if (step.sent.size() == 1 && step.sent[0].seg.syn && acknowledged) return std::nullopt;
      return "a SYN,ACK is due, and nothing else";
    default:
      return std::nullopt;
  }
}

Finding is_silent_where_it_must(const Step& step) {
  if (!is_segment_of(step) || step.decision.reply != Reply::nothing || step.sent.empty()) return std::nullopt;
  return "it is to be dropped silently, and something leaves";
}

Finding answers_no_reset(const Step& step) {
  if (!is_segment_of(step) || !step.arrived.rst || step.sent.empty()) return std::nullopt;
  if (step.decision.reply == Reply::challenge && step.sent.size() == 1 && is_bare_ack(step.sent[0]))
    return std::nullopt;
  return "a RST is answered";
}

Finding counts_the_right_reason(const Step& step) {
  if (!is_segment_of(step)) return std::nullopt;
  for (const auto& [reason, counter] : counters_of_reasons) {
    const std::uint64_t due = step.decision.reason == reason ? 1 : 0;
    const std::uint64_t counted = step.counted(counter);
    if (counted == due) continue;
    return std::string(counter_descriptions[static_cast<std::size_t>(counter)].name) + " was raised by " +
           std::to_string(counted) + ", and " + std::to_string(due) + " is due";
  }
  return std::nullopt;
}

Finding makes_no_ack_storm(const Step& step) {
  const auto bare = std::ranges::count_if(step.sent, is_bare_ack);
  if (bare <= 1) return std::nullopt;
  return std::to_string(bare) + " bare ACKs leave at once";
}

Finding keeps_the_challenge_rate(const Flow& flow) {
  if (flow.challenges.size() <= 10) return std::nullopt;
  return "more than 10 challenge ACKs left within 5 seconds";
}

}  // namespace handwave::oracle
