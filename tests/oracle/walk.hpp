// Octets as a walk through the state machine: each few of them are a step. Segments have numbers relative to the
// connection's own, the right ones by default; beside them there are user calls, ICMP errors and time. Four flows, in
// both roles, and the usual way to each state costs two octets, so that every state is a place to start from.
#pragma once

#include "stack/bytes.hpp"

namespace handwave::oracle {

/// Takes the walk with a stack and the reference model beside it. Throws Broken at the first rule that does not hold;
/// with `recording`, its text has the history that led there.
void walk(Bytes input, bool recording);

}  // namespace handwave::oracle
