// Packets of one direction seen as packets of the other, so that what cuts and completes outgoing packets
// (stack/wire/segmentation.hpp) does the same for finished and for incoming ones.
#pragma once

#include "stack/bytes.hpp"
#include "stack/packet.hpp"

namespace handwave {

/// Makes `to` a view of a whole packet that wants nothing done to it any more. `packet` outlives it.
void view_finished(Bytes packet, OutgoingPacket& to);

/// Makes `to` a view of a packet as the device gave it. What the device left undone is undone in the view too: a
/// verified TCP or UDP checksum may never have been computed, so it is made partial again, and a super-segment keeps
/// its segment size. Fragments, and what cannot be parsed, are viewed as they stand. `packet` outlives the view.
void view_incoming(const IncomingPacket& packet, OutgoingPacket& to);

}  // namespace handwave
