// SEGMENT ARRIVES: RFC 9293 §3.10.7, with RFC 5961 and PAWS (RFC 7323 §5) where they decide otherwise. One function a
// section, one after the other as the RFC has them; written to be read beside it, and to be wrong for other reasons
// than the stack.
#pragma once

#include "tests/model/connection.hpp"
#include "tests/model/decision.hpp"
#include "tests/model/segment.hpp"

namespace handwave::model {

/// §3.10.7
Decision segment_arrives(Connection& c, const Segment& seg, Time now);

/// §3.10.7.1
Decision arrives_in_closed(const Segment& seg);
/// §3.10.7.2
Decision arrives_in_listen(Connection& c, const Segment& seg, Time now);
/// §3.10.7.3
Decision arrives_in_syn_sent(Connection& c, const Segment& seg, Time now);
/// §3.10.7.4 but for TIME-WAIT
Decision arrives_otherwise(Connection& c, Segment seg, Time now);
/// §3.10.7.4 in TIME-WAIT, with §3.6.1 and RFC 6191
Decision arrives_in_time_wait(Connection& c, const Segment& seg, Time now);

/// Table 6 of §3.10.7.4
bool acceptable(const Segment& seg, Number rcv_nxt, std::uint32_t rcv_wnd);
/// RFC 7323 §5.3 R1: the segment is older than what was last taken from the peer.
bool is_older(const Connection& c, const Segment& seg, Time now);
/// What a SYN tells of the peer.
void learn_from_syn(Connection& c, const Segment& seg, Time now);
/// The sixth to the eighth step.
Decision process_text_and_fin(Connection& c, Segment seg, Time now);
/// <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>: §3.10.7.1
Decision reset_reply(const Segment& seg, Reason reason);

}  // namespace handwave::model
