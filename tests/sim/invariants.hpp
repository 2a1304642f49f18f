// What must always hold, whatever the network does: each a function that says what is wrong, or nothing.
#pragma once

#include <optional>
#include <string>

#include "stack/stack.hpp"
#include "tests/sim/flow.hpp"
#include "tests/support/oracle_packet.hpp"

namespace handwave::sim {

using Finding = std::optional<std::string>;

// ---- Of each packet that an end sends, before it counts as sent ----

/// SND.UNA =< SEG.SEQ =< SND.NXT, as far as the wire shows: no segment begins beyond what was sent before.
Finding leaves_no_gap(const Flow& flow, const test::TcpPacket& packet);
/// Nothing is beyond the window that the peer has offered so far, but for a probe of one octet (§3.8.6.1).
Finding stays_in_the_window(const Flow& flow, const test::TcpPacket& packet);
/// SEG.ACK =< RCV.NXT: only what has arrived is acknowledged.
Finding acknowledges_only_what_arrived(const Flow& flow, const test::TcpPacket& packet);
/// SEG.ACK never goes back.
Finding acknowledgments_never_go_back(const Flow& flow, const test::TcpPacket& packet);
/// SHLD-14 (§3.8.6.2.1): the right edge of the window never moves to the left, but for what scaling rounds away.
Finding never_shrinks_its_window(const Flow& flow, const test::TcpPacket& packet);
/// RFC 3168 §6.1.2, §6.1.4 to §6.1.6: ECT and CWR stand on new text, and on nothing else (but CWR on a SYN).
Finding marks_only_new_text(const Flow& flow, const test::TcpPacket& packet);
/// All of the above.
Finding may_send(const Flow& flow, const test::TcpPacket& packet);

// ---- Of an end after its turn ----

/// §3.5.2: a RST is never answered with a RST.
Finding answers_no_reset_with_a_reset(const Flow& flow);
/// MUST-58 and the opposite of a storm: at most one bare ACK a segment that arrived, one for a timer, one for the user.
Finding acknowledges_with_measure(const Flow& flow);
/// The change of state is a way along the arrows of tcp::transitions (several may lie within one turn).
Finding follows_the_diagram(tcp::State before, tcp::State after);

// ---- Of a stack after its turn ----

/// No table is larger than the configuration allows.
Finding keeps_its_limits(const Stack& stack);
/// While something waits for an acknowledgment, a timer runs.
Finding waits_with_a_deadline(const Stack& stack, ConnectionId connection);
/// Buffers are within what the connection's options say.
Finding keeps_its_buffers(const Stack& stack, ConnectionId connection);

}  // namespace handwave::sim
