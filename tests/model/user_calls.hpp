// The user calls, RFC 9293 §3.10.1 to §3.10.5, and what leaves by them, as far as the state follows from it.
#pragma once

#include "tests/model/connection.hpp"
#include "tests/model/segment.hpp"

namespace handwave::model {

/// §3.10.1, passive.
void listen(Connection& c);
/// §3.10.1, active. ISS is known once the SYN was seen.
void open_active(Connection& c);
/// §3.10.4. True if the peer has to be told by a RST that text was lost (SHLD-3), which `both` directions may ask for.
bool close(Connection& c, bool both);
/// §3.10.5. True if the peer has to be told by a RST.
bool abort(Connection& c);
/// A passive OPEN is closed: handshakes under way end by a RST (true).
bool close_listener(Connection& c);
/// A segment has left: SND.NXT, RCV.WND and the number of the last ACK are as it says, and a FIN that waited has left.
void leaves(Connection& c, const Segment& seg);
/// The 2 MSL timeout, §3.10.8.
void time_passes(Connection& c, Time now, Time msl);
/// The user timeout or another reason to wait no longer, §3.10.8: "delete the TCB".
void give_up(Connection& c);
/// §3.9.2.2: SHLD-26, a hard error aborts; RFC 5927 §5.2: only what is not synchronized yet, and if it quotes a number
/// that is in flight.
void icmp_arrives(Connection& c, Number quoted, bool hard);

}  // namespace handwave::model
