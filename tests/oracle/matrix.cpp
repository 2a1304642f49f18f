#include "tests/oracle/matrix.hpp"

#include "tests/model/segment_arrives.hpp"

namespace handwave::oracle {
namespace {

Event event_of_reset(const model::Connection& c, const model::Segment& seg) {
  if (seg.seq == c.rcv_nxt) return Event::rst_exact;
  return model::acceptable(seg, c.rcv_nxt, c.rcv_wnd()) ? Event::rst_in_window : Event::rst_outside;
}

}  // namespace

Event event_of(const model::Connection& c, const model::Segment& seg, model::Time now) {
  if (seg.rst) return event_of_reset(c, seg);
  if (seg.syn) return seg.has_ack ? Event::syn_ack : Event::syn;
  if (c.timestamps && c.has_tcb() && !seg.timestamps) return Event::no_timestamp;
  if (c.timestamps && c.has_tcb() && model::is_older(c, seg, now)) return Event::old_timestamp;
  const bool probe = c.rcv_wnd() == 0 && seg.seq == c.rcv_nxt;
  const bool placed = c.synchronized() || c.state == model::State::syn_received;
  if (placed && !probe && !model::acceptable(seg, c.rcv_nxt, c.rcv_wnd())) return Event::outside;
  if (!seg.has_ack) return Event::no_ack;
  if (placed && model::ahead(c.snd_nxt, seg.ack) > 0) return Event::ack_ahead;
  if (placed && !model::between(c.snd_una - c.max_snd_wnd, seg.ack, c.snd_nxt)) return Event::ack_too_old;
  if (seg.urg) return Event::urg;
  const bool in_order = model::ahead(c.rcv_nxt, seg.seq) == 0;
  if (seg.fin) return in_order ? Event::fin_in_order : Event::fin_ahead;
  if (seg.text > 0) return in_order ? Event::text_in_order : Event::text_ahead;
  return model::ahead(c.snd_una, seg.ack) > 0 ? Event::ack_new : Event::ack_again;
}

Matrix& matrix() {
  static Matrix matrix;
  return matrix;
}

}  // namespace handwave::oracle
