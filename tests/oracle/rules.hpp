// The oracle: the rules that every stack must keep, whoever its peer is. Each is a function that says what is wrong, or
// nothing; docs/TESTING.md lists them, and tests/fuzz/plants/ breaks each of them once to see that it is found.
#pragma once

#include "tests/oracle/step.hpp"

namespace handwave::oracle {

// ---- Of each segment that leaves, while the model stands where it did before ----

/// MUST-34, §3.8.6: nothing new lies beyond SND.UNA + SND.WND, but one octet that probes a closed window (§3.8.6.1).
Finding stays_in_the_window(const Flow& flow, const Sent& sent);
/// RFC 5681 §3.1: new text stays within cwnd; exceptions are the tail loss probe (RFC 8985 §7.3) and whatever a
/// recovery sends, which counts otherwise.
Finding stays_within_cwnd(const Flow& flow, const Sent& sent, const Step& step);
/// §3.4: SEG.ACK = RCV.NXT, so that only what has arrived is acknowledged, and all of it.
Finding acknowledges_what_arrived(const Flow& flow, const Sent& sent);
/// §3.3.1: SND.UNA =< SEG.SEQ =< SND.NXT, or one before it to probe an idle peer (§3.8.4).
Finding begins_where_it_may(const Flow& flow, const Sent& sent);
/// SHLD-14 (§3.8.6): the window's right edge never goes back, but for what scaling rounds away (RFC 7323 §2.4).
Finding keeps_its_window(const Flow& flow, const Sent& sent);
/// The octets are those that the user wrote, each in its place.
Finding sends_what_was_written(const Flow& flow, const Sent& sent);
/// §3.10.7.1, §3.10.7.2: without a TCB nothing leaves but a RST.
Finding is_silent_without_a_tcb(const Flow& flow, const Sent& sent);
/// All of the above.
Finding may_leave(const Flow& flow, const Sent& sent, const Step& step);

// ---- Of each step ----

/// §3.10.7: the segment is answered as the model says; Table 6 (§3.10.7.4) is recomputed there.
Finding answers_as_the_rfc(const Flow& flow, const Step& step);
/// What must be dropped silently is: nothing leaves.
Finding is_silent_where_it_must(const Step& step);
/// §3.5.2: no RST is answered but by a challenge ACK.
Finding answers_no_reset(const Step& step);
/// Of the counters of drops, the one that names the reason was raised, and no other.
Finding counts_the_right_reason(const Step& step);
/// MUST-58: no more than one bare ACK for a segment, nor for a deadline or a call.
Finding makes_no_ack_storm(const Step& step);
/// §3.3.2: the state is the model's.
Finding is_in_the_models_state(const Flow& flow, const Step& step);
/// §3.3.2: it was reached by the arrows of the table.
Finding follows_the_table(const Step& step);
/// MUST-12: the user hears of the peer's FIN and of its RST, and can tell them apart.
Finding tells_the_user(const Flow& flow, const Step& step);
/// RFC 5961 §7: no more than 10 challenge ACKs in 5 seconds.
Finding keeps_the_challenge_rate(const Flow& flow);
/// MUST-40: text is acknowledged within half a second.
Finding acknowledges_in_time(const Flow& flow, const Step& step);
/// MUST-13: TIME-WAIT lasts 2 MSL, no more and no less.
Finding keeps_time_wait(const Flow& flow, const Step& step, Duration msl);
/// While anything is outstanding, a timer runs.
Finding waits_with_a_deadline(const Flow& flow, const Stack& stack);
/// SND.WND is the model's: U-10.
Finding knows_the_peers_window(const Flow& flow, const Stack& stack);
/// No table and no buffer is larger than the configuration allows.
Finding keeps_its_limits(const Flow& flow, const Stack& stack);

// ---- Of the end ----

/// MUST-20, §3.8.3: after a day without a word from the peer nothing waits for it any more.
Finding has_given_up(const Flow& flow);

/// Octet `place` of what one end writes: any other octet, or any other place, is told from it.
constexpr char pattern(std::uint32_t place) { return static_cast<char>('a' + (place ^ place >> 5 ^ place >> 11) % 26); }

}  // namespace handwave::oracle
