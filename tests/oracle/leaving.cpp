// The rules of each segment that leaves.
#include <string>

#include "tests/oracle/rules.hpp"

namespace handwave::oracle {
namespace {

using model::ahead;

std::string number(model::Number place, model::Number base) {
  return std::to_string(static_cast<std::int32_t>(place - base));
}

/// New text or FIN.
bool is_new(const model::Connection& c, const model::Segment& seg) { return ahead(c.snd_nxt, seg.end()) > 0; }

}  // namespace

Finding stays_in_the_window(const Flow& flow, const Sent& sent) {
  const model::Connection& c = flow.model;
  if (sent.seg.syn || sent.seg.len() == 0 || !is_new(c, sent.seg)) return std::nullopt;
  const model::Number edge = (c.syn_acknowledged() ? c.snd_una : c.iss + 1) + c.snd_wnd;
  const std::uint32_t probe = c.snd_wnd == 0 && sent.seg.len() == 1 ? 1 : 0;
  if (ahead(edge + probe, sent.seg.end()) == 0) return std::nullopt;
  return "it ends at " + number(sent.seg.end(), c.iss) + ", and the window at " + number(edge, c.iss);
}

Finding stays_within_cwnd(const Flow& flow, const Sent& sent, const Step& step) {
  const model::Connection& c = flow.model;
  if (flow.disturbed || flow.cwnd == 0 || !c.synchronized() || sent.seg.text == 0 || !is_new(c, sent.seg))
    return std::nullopt;
  if (step.counted(Counter::tcp_tail_loss_probes) > 0 || step.counted(Counter::tcp_zero_window_probes) > 0)
    return std::nullopt;
  const std::uint32_t flight = sent.seg.seq + sent.seg.text - c.snd_una;
  if (flight <= flow.cwnd) return std::nullopt;
  return std::to_string(flight) + " octets are in flight with it, and cwnd is " + std::to_string(flow.cwnd);
}

Finding acknowledges_what_arrived(const Flow& flow, const Sent& sent) {
  const model::Connection& c = flow.model;
  if (!sent.seg.has_ack || sent.seg.rst || sent.seg.ack == c.rcv_nxt) return std::nullopt;
  return "SEG.ACK is " + number(sent.seg.ack, c.irs) + ", and RCV.NXT is " + number(c.rcv_nxt, c.irs);
}

Finding begins_where_it_may(const Flow& flow, const Sent& sent) {
  const model::Connection& c = flow.model;
  if (sent.seg.syn || sent.seg.rst) return std::nullopt;
  if (model::between(c.snd_una - 1, sent.seg.seq, c.snd_nxt)) return std::nullopt;
  return "SEG.SEQ is " + number(sent.seg.seq, c.iss) + ", SND.UNA " + number(c.snd_una, c.iss) + ", SND.NXT " +
         number(c.snd_nxt, c.iss);
}

Finding keeps_its_window(const Flow& flow, const Sent& sent) {
  const model::Connection& c = flow.model;
  if (!c.synchronized() || !sent.seg.has_ack || sent.seg.syn || sent.seg.rst) return std::nullopt;
  const model::Number edge = sent.seg.ack + (sent.seg.wnd << c.rcv_scale);
  if (ahead(edge + (1U << c.rcv_scale) - 1, c.right_edge) == 0) return std::nullopt;
  return "the window's right edge goes back from " + number(c.right_edge, c.irs) + " to " + number(edge, c.irs);
}

Finding sends_what_was_written(const Flow& flow, const Sent& sent) {
  const model::Connection& c = flow.model;
  if (sent.seg.syn || sent.seg.rst) return std::nullopt;
  const std::uint32_t begin = sent.seg.seq - c.iss - 1;
  const std::string& text = sent.packet.text;
  if (!text.empty() && (begin > c.written || text.size() > c.written - begin)) return "text that nobody wrote";
  for (std::uint32_t i = 0; i < text.size(); ++i)
    if (text[i] != pattern(begin + i)) return "octet " + std::to_string(begin + i) + " is not what was written";
  if (sent.seg.fin && (!c.close_called || sent.seg.end() != c.fin_number() + 1)) return "a FIN that is out of place";
  return std::nullopt;
}

Finding is_silent_without_a_tcb(const Flow& flow, const Sent& sent) {
  if (flow.model.has_tcb() || sent.seg.rst) return std::nullopt;
  return "there is no TCB, and a segment leaves that is no RST";
}

Finding may_leave(const Flow& flow, const Sent& sent, const Step& step) {
  if (Finding finding = is_silent_without_a_tcb(flow, sent)) return finding;
  if (!flow.model.has_tcb() || sent.seg.rst) return std::nullopt;
  for (const auto rule :
       {stays_in_the_window, acknowledges_what_arrived, begins_where_it_may, keeps_its_window, sends_what_was_written})
    if (Finding finding = rule(flow, sent)) return finding;
  return stays_within_cwnd(flow, sent, step);
}

}  // namespace handwave::oracle
