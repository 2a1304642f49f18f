// Reset generation: RFC 9293 §3.5.2, §3.10.7.1.
#include "stack/expects.hpp"
#include "stack/tcp/context.hpp"

namespace handwave::tcp {

void reply_with_reset(const Segment& seg, Context& context) {
  expects(!seg.flags.rst, "a RST is never answered with a RST");
  OutgoingSegment reset;
  reset.sockets = seg.sockets;
  reset.route = seg.return_route;
  reset.header.flags.rst = true;
  if (seg.options.timestamps) reset.header.options.timestamps = {0, seg.options.timestamps->value};  // RFC 7323 §5.2
  if (seg.flags.ack) {
    reset.header.seq = seg.ack;
  } else {
    reset.header.flags.ack = true;
    reset.header.ack = seg.seq + seg.len();
  }
  context.counters.add(Counter::tcp_resets_sent);
  context.replies.push(reset, context.counters);
}

}  // namespace handwave::tcp
